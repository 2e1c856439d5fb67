import { Arg, Ctx, ID, Int, Mutation, Resolver } from 'type-graphql';
import type { WithSecret } from '../../domain/connections/idempotent-create.js';
import type { SecretService } from '../../domain/connections/secret.service.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import { Refusal } from '../../domain/refusal.js';
import { CONNECTION_ID } from './connection.resolver.js';
import { type ConnectionChanged, ConnectionResult, type SecretCreated, SecretResult } from './connection.results.js';
import { showConnection } from './connection.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { RequiresScope } from './directives.js';

@Resolver()
export class ConnectionSecretResolver {
  readonly #secrets: SecretService;
  readonly #organizations: OrganizationDirectory;

  constructor(parts: {
    secrets: SecretService;
    organizations: OrganizationDirectory;
  }) {
    this.#secrets = parts.secrets;
    this.#organizations = parts.organizations;
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => SecretResult, {
    nullable: true,
    description: 'Makes a new access key or client secret. Tokens that were issued for the old one live on.',
  })
  async regenerateSecret(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
    @Arg('graceSeconds', () => Int, {
      nullable: true,
      defaultValue: 0,
      description: 'How long the old secret stays accepted. Only 0 is taken as yet: it is refused at once.',
    })
    graceSeconds: number,
  ): Promise<SecretCreated | Refusal> {
    return this.#withSecret(await this.#secrets.regenerate(principalOf(context), id, graceSeconds ?? 0));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => SecretResult, {
    nullable: true,
    description:
      'For a secret that somebody else may hold: makes a new one, and kills the old one and every live token at once.',
  })
  async resetAfterLeak(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
  ): Promise<SecretCreated | Refusal> {
    return this.#withSecret(await this.#secrets.resetAfterLeak(principalOf(context), id));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => ConnectionResult, {
    nullable: true,
    description:
      "Where the issuer is UPSTREAM: gives a connection the secret that was made anew in the tenant's console, after the tenant has accepted it. The old one is refused at once.",
  })
  async replaceUpstreamCredential(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
    @Arg('clientSecret', () => String, { nullable: true, description: 'The new secret of an OAuth connection.' })
    clientSecret?: string,
    @Arg('accessKey', () => String, { nullable: true, description: 'The new key of an access key connection.' })
    accessKey?: string,
  ): Promise<ConnectionChanged | Refusal> {
    const given = { clientSecret: clientSecret ?? undefined, accessKey: accessKey ?? undefined };
    const changed = await this.#secrets.replaceUpstream(principalOf(context), id, given);
    if (changed instanceof Refusal) return changed;
    return { connection: showConnection(this.#organizations, changed.connection) };
  }

  #withSecret(result: WithSecret | Refusal): SecretCreated | Refusal {
    if (result instanceof Refusal) return result;
    return { connection: showConnection(this.#organizations, result.connection), secret: result.secret.reveal() };
  }
}
