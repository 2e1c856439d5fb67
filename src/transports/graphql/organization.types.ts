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
  description: 'The kind of caller.',
  valuesConfig: {
    SUPER_ADMIN: { description: 'May change connections and tokens: m2m:admin, m2m:read, m2m:introspect.' },
    ADMIN: { description: 'May read connections: m2m:read, m2m:introspect.' },
    MACHINE: { description: 'An access token or access key: m2m:introspect.' },
  },
});

@Authenticated()
@KeyedById()
@ObjectType('Organization', { description: 'An organisation, which owns its connections and their tokens.' })
export class OrganizationType implements Pick<Organization, 'id' | 'issuer'> {
  @Field(() => ID, { simple: true, description: "The organisation's identifier." })
  id!: string;

  @Field(() => IssuerEnum, { simple: true, description: "Who issues and verifies the organisation's credentials." })
  issuer!: Organization['issuer'];
}

@Authenticated()
@ObjectType('Viewer', { simpleResolvers: true, description: 'The caller.' })
export class Viewer {
  @Field(() => ID, { description: "The user's identifier, or the machine's client id or connection id." })
  id!: string;

  @Field(() => RoleEnum, { description: "The caller's role." })
  role!: Role;

  @Field(() => [String], { description: 'The scopes granted to the caller.' })
  scopes!: readonly string[];

  @Field(() => OrganizationType, { description: "The caller's organisation." })
  organization!: Organization;
}
