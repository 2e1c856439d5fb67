import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Organization } from '../../domain/organizations/organization.js';
import type { Role } from '../../domain/principal.js';
import { IssuerEnum } from './connection.enums.js';
import { Authenticated, KeyedById } from './directives.js';

export const RoleEnum = { SUPER_ADMIN: 'SUPER_ADMIN', ADMIN: 'ADMIN', MACHINE: 'MACHINE' } as const satisfies Record<
  Role,
  Role
>;
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What kind of caller one is.',
  valuesConfig: {
    SUPER_ADMIN: { description: 'May change connections and tokens: m2m:admin, m2m:read, m2m:introspect.' },
    ADMIN: { description: 'May see connections: m2m:read, m2m:introspect.' },
    MACHINE: { description: 'An access token or access key: m2m:introspect.' },
  },
});

@Authenticated()
@KeyedById()
@ObjectType('Organization', { description: 'The tenant that everything belongs to.' })
export class OrganizationType implements Pick<Organization, 'id' | 'issuer'> {
  @Field(() => ID, { simple: true, description: 'Names the organisation.' })
  id!: string;

  @Field(() => IssuerEnum, { simple: true, description: 'Who makes and checks its credentials.' })
  issuer!: Organization['issuer'];
}

@Authenticated()
@ObjectType('Viewer', { simpleResolvers: true, description: 'Who calls.' })
export class Viewer {
  @Field(() => ID, { description: 'The user, or the client id or connection of the machine.' })
  id!: string;

  @Field(() => RoleEnum, { description: 'What kind of caller it is.' })
  role!: Role;

  @Field(() => [String], { description: 'What it may do.' })
  scopes!: readonly string[];

  @Field(() => OrganizationType, { description: 'Where it belongs.' })
  organization!: Organization;
}
