import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { MachineService } from '../../domain/machines/machine.service.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import { invalidInput, notFound, Refusal } from '../../domain/refusal.js';
import type { SharedTokenService } from '../../domain/tokens/shared-token.service.js';
import type { TokenService } from '../../domain/tokens/token.service.js';
import type { Clock } from '../../lib/clock.js';
import { Secret } from '../../lib/secrets.js';
import { type GraphqlConnection, OAuthConnection, showConnection } from './connection.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { Cost, ListSize, PageSize, RequiresScope, SecretValue } from './directives.js';
import { INTROSPECTED_TOKENS_MAX } from './list-size.js';
import { type GraphqlPage, toGraphqlPage } from './page.types.js';
import { ofConnectionId } from './refusal.path.js';
import {
  type AccessTokenInfo,
  AccessTokenPage,
  type AccessTokenType,
  IssueTokenResult,
  RevokeListedTokenResult,
  RevokeTokenResult,
  TokenIntrospectionType,
  type TokenRevoked,
  toAccessToken,
  toAccessTokenInfo,
  toTokenIntrospection,
} from './token.types.js';

const REVOKED: TokenRevoked = { revoked: true };

@Resolver(() => TokenIntrospectionType)
export class TokenResolver {
  readonly #machines: MachineService;
  readonly #sharedTokens: SharedTokenService;
  readonly #organizations: OrganizationDirectory;
  readonly #clock: Clock;

  constructor(parts: {
    machines: MachineService;
    sharedTokens: SharedTokenService;
    organizations: OrganizationDirectory;
    clock: Clock;
  }) {
    this.#machines = parts.machines;
    this.#sharedTokens = parts.sharedTokens;
    this.#organizations = parts.organizations;
    this.#clock = parts.clock;
  }

  @RequiresScope('m2m:introspect')
  @Query(() => TokenIntrospectionType, {
    nullable: true,
    description: "Returns a token's state. Counts as one call.",
  })
  async introspectToken(
    @Ctx() context: GraphqlContext,
    @SecretValue()
    @Arg('token', () => String, { description: 'The presented token.' })
    token: string,
  ): Promise<TokenIntrospectionType> {
    return toTokenIntrospection(await context.loaders.introspections.load(token));
  }

  @RequiresScope('m2m:introspect')
  @ListSize(INTROSPECTED_TOKENS_MAX)
  @Query(() => [TokenIntrospectionType], {
    nullable: true,
    description: 'Returns the state of each token, in order. Counts as one call per token.',
  })
  async introspectTokens(
    @Ctx() context: GraphqlContext,
    @SecretValue()
    @Arg('tokens', () => [String], { description: 'The presented tokens, at most 100.' })
    tokens: string[],
  ): Promise<TokenIntrospectionType[]> {
    const found = await Promise.all(tokens.map((token) => context.loaders.introspections.load(token)));
    return found.map(toTokenIntrospection);
  }

  @RequiresScope('m2m:read')
  @Cost(5)
  @FieldResolver(() => OAuthConnection, {
    nullable: true,
    description: 'The connection the token was issued to; null if inactive. Needs the scope m2m:read.',
  })
  async connection(
    @Root() introspection: TokenIntrospectionType,
    @Ctx() context: GraphqlContext,
  ): Promise<GraphqlConnection | null> {
    if (introspection.connectionId === null) return null;
    const found = await context.loaders.connections.load(introspection.connectionId);
    return found === undefined ? null : showConnection(this.#organizations, found);
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => IssueTokenResult, {
    nullable: true,
    description:
      "Returns an OAuth connection's shared token: every caller gets the same token. Minting it counts as one call.",
  })
  async issueToken(
    @Ctx() context: GraphqlContext,
    @Arg('connectionId', () => ID, { description: "The connection's identifier." }) connectionId: string,
  ): Promise<AccessTokenType | Refusal> {
    const issued = await this.#sharedTokens.issue(principalOf(context), connectionId);
    return issued instanceof Refusal ? ofConnectionId(issued) : toAccessToken(issued, this.#clock.now());
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => RevokeTokenResult, { nullable: true, description: 'Revokes a token at once.' })
  async revokeToken(
    @Ctx() context: GraphqlContext,
    @SecretValue()
    @Arg('token', () => String, { description: 'The token.' })
    token: string,
  ): Promise<TokenRevoked | Refusal> {
    if (token === '') return invalidInput('The token is empty.', 'token');
    await this.#machines.revoke(principalOf(context), new Secret(token), 'counted');
    return REVOKED;
  }
}

@Resolver(() => OAuthConnection)
export class ConnectionTokensResolver {
  readonly #tokens: TokenService;

  constructor(tokens: TokenService) {
    this.#tokens = tokens;
  }

  @RequiresScope('m2m:read')
  @Cost(30)
  @PageSize()
  @FieldResolver(() => AccessTokenPage, {
    nullable: true,
    description: "The connection's live access tokens, newest first.",
  })
  async tokens(
    @Root() connection: GraphqlConnection,
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: 20,
      description: 'The maximum number of entries, 1 to 100.',
    })
    first: number,
    @Arg('after', () => String, { nullable: true, description: 'Returns the entries after this cursor.' })
    after?: string,
  ): Promise<GraphqlPage<AccessTokenInfo>> {
    const asked = { first: first ?? 20, after: after ?? undefined };
    const page = await context.loaders.read(`tokens of ${connection.id} ${JSON.stringify(asked)}`, () =>
      this.#tokens.listLive(connection.source, asked),
    );
    return toGraphqlPage(page, toAccessTokenInfo);
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => RevokeListedTokenResult, {
    nullable: true,
    description: 'Revokes one of the live tokens that a connection lists, at once: nobody has to know its text.',
  })
  async revokeListedToken(
    @Ctx() context: GraphqlContext,
    @Arg('connectionId', () => ID, { description: "The connection's identifier." }) connectionId: string,
    @Arg('tokenId', () => ID, { description: "The token's identifier, not its text." }) tokenId: string,
  ): Promise<TokenRevoked | Refusal> {
    const connection = await context.loaders.connections.load(connectionId);
    if (connection === undefined) return ofConnectionId(notFound());
    await this.#tokens.revokeListed(principalOf(context), connection, tokenId);
    return REVOKED;
  }
}
