import { Arg, Ctx, ID, Int, Mutation, Resolver } from 'type-graphql';
import type { WithSecret } from '../../domain/connections/idempotent-create.js';
import type { SecretService } from '../../domain/connections/secret.service.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import { Refusal } from '../../domain/refusal.js';
import { CONNECTION_ID } from './connection.resolver.js';
import { type ConnectionChanged, ConnectionResult, type SecretCreated, SecretResult } from './connection.results.js';
import { showConnection } from './connection.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { RequiresScope, SecretValue } from './directives.js';

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
    description: 'Replaces the access key or client secret. Tokens issued under the old secret stay valid.',
  })
  async regenerateSecret(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
    @Arg('graceSeconds', () => Int, {
      nullable: true,
      defaultValue: 0,
      description:
        'How many seconds the old secret stays accepted. Only 0 is supported: the old secret is refused at once.',
    })
    graceSeconds: number,
  ): Promise<SecretCreated | Refusal> {
    return this.#withSecret(await this.#secrets.regenerate(principalOf(context), id, graceSeconds ?? 0));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => SecretResult, {
    nullable: true,
    description: 'Replaces a leaked secret. The old secret and every live token are refused at once.',
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
      "For issuer UPSTREAM: replaces the secret with the new one from the tenant's console, if the tenant accepts it. The old secret and every live token are refused at once.",
  })
  async replaceUpstreamCredential(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
    @SecretValue()
    @Arg('clientSecret', () => String, {
      nullable: true,
      description: "An OAuth connection's new client secret; leave accessKey out.",
    })
    clientSecret?: string,
    @SecretValue()
    @Arg('accessKey', () => String, {
      nullable: true,
      description: "An access key connection's new key; leave clientSecret out.",
    })
    accessKey?: string,
  ): Promise<ConnectionChanged | Refusal> {
    const given = { clientSecret: clientSecret ?? undefined, accessKey: accessKey ?? undefined };
    const changed = await this.#secrets.replaceUpstream(principalOf(context), id, given);
    return changed instanceof Refusal ? changed : { connection: showConnection(this.#organizations, changed) };
  }

  #withSecret(result: WithSecret | Refusal): SecretCreated | Refusal {
    if (result instanceof Refusal) return result;
    return { connection: showConnection(this.#organizations, result.connection), secret: result.secret.reveal() };
  }
}
