import { GraphQLDateTime } from 'graphql-scalars';
import { createUnionType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Introspection } from '../../domain/tokens/introspection.js';
import type { SharedToken } from '../../domain/tokens/shared-token.store.js';
import type { ListedToken } from '../../domain/tokens/token.store.js';
import { toDate } from './connection.types.js';
import { Authenticated } from './directives.js';
import { PageInfo } from './page.types.js';
import { InvalidInput, NotFound, resolveResultType } from './refusal.types.js';

@Authenticated()
@ObjectType('AccessTokenInfo', {
  simpleResolvers: true,
  description: "A live access token's metadata, without the token itself.",
})
export class AccessTokenInfo {
  @Field(() => ID, { description: "The token's identifier, not the token itself." })
  id!: string;

  @Field(() => ID, { description: 'The identifier of the connection the token was issued to.' })
  connectionId!: string;

  @Field(() => GraphQLDateTime, { description: 'When the token was issued.' })
  issuedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When the token expires.' })
  expiresAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the token was last presented or introspected; null if never.',
  })
  lastUsedAt!: Date | null;
}

@Authenticated()
@ObjectType('AccessTokenEdge', { simpleResolvers: true, description: 'A token in a page.' })
export class AccessTokenEdge {
  @Field(() => AccessTokenInfo, { description: 'The token.' })
  node!: AccessTokenInfo;

  @Field(() => String, { description: "The entry's cursor, for `after`." })
  cursor!: string;
}

@Authenticated()
@ObjectType('AccessTokenPage', { simpleResolvers: true, description: 'A page of live access tokens, newest first.' })
export class AccessTokenPage {
  @Field(() => [AccessTokenEdge], { description: 'The tokens.' })
  edges!: AccessTokenEdge[];

  @Field(() => PageInfo, { description: 'Pagination details.' })
  pageInfo!: PageInfo;
}

export function toAccessTokenInfo({ id, connectionId, issuedAt, expiresAt, lastUsedAt }: ListedToken): AccessTokenInfo {
  return {
    id,
    connectionId,
    issuedAt: new Date(issuedAt),
    expiresAt: new Date(expiresAt),
    lastUsedAt: toDate(lastUsedAt),
  };
}

@Authenticated()
@ObjectType('AccessToken', {
  simpleResolvers: true,
  description: 'An access token, sent as `Authorization: Bearer …`.',
})
export class AccessTokenType {
  @Field(() => String, { description: 'The token.' })
  accessToken!: string;

  @Field(() => String, { description: 'Always Bearer.' })
  tokenType!: string;

  @Field(() => Int, { description: "The token's remaining lifetime in seconds." })
  expiresIn!: number;

  @Field(() => GraphQLDateTime, { description: 'When the token expires.' })
  expiresAt!: Date;
}

export function toAccessToken({ accessToken, expiresAt }: SharedToken, now: number): AccessTokenType {
  return {
    accessToken: accessToken.reveal(),
    tokenType: 'Bearer',
    expiresIn: Math.floor((expiresAt - now) / 1000),
    expiresAt: new Date(expiresAt),
  };
}

export const IssueTokenResult = createUnionType({
  name: 'IssueTokenResult',
  description: 'The outcome of issuing a token.',
  types: () => [AccessTokenType, NotFound, InvalidInput] as const,
  resolveType: resolveResultType('AccessToken'),
});

@Authenticated()
@ObjectType('TokenRevoked', { simpleResolvers: true, description: 'The token is inactive.' })
export class TokenRevoked {
  @Field(() => Boolean, { description: 'Always true, even if the token was already inactive (RFC 7009).' })
  revoked!: boolean;
}

export const RevokeTokenResult = createUnionType({
  name: 'RevokeTokenResult',
  description: 'The outcome of revoking a token.',
  types: () => [TokenRevoked, InvalidInput] as const,
  resolveType: resolveResultType('TokenRevoked'),
});

export const RevokeListedTokenResult = createUnionType({
  name: 'RevokeListedTokenResult',
  description: 'The outcome of revoking a token that a connection lists.',
  types: () => [TokenRevoked, NotFound] as const,
  resolveType: resolveResultType('TokenRevoked'),
});

@Authenticated()
@ObjectType('TokenIntrospection', {
  description:
    "A token's state. An unknown, expired, revoked or malformed token, or another organisation's, is inactive.",
})
export class TokenIntrospectionType {
  @Field(() => Boolean, { simple: true, description: 'Whether the token is accepted.' })
  active!: boolean;

  @Field(() => String, {
    nullable: true,
    simple: true,
    description: 'The OAuth client the token was issued to; null if inactive.',
  })
  clientId!: string | null;

  @Field(() => String, { nullable: true, simple: true, description: 'Always Bearer; null if inactive.' })
  tokenType!: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    simple: true,
    description: 'When the token was issued; null if inactive or issued by a tenant.',
  })
  issuedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    simple: true,
    description: 'When the token expires; null if inactive.',
  })
  expiresAt!: Date | null;

  /** Not in the schema: the `connection` resolver reads it. */
  connectionId!: string | null;
}

const INACTIVE: TokenIntrospectionType = {
  active: false,
  clientId: null,
  tokenType: null,
  issuedAt: null,
  expiresAt: null,
  connectionId: null,
};

export function toTokenIntrospection(found: Introspection): TokenIntrospectionType {
  if (!found.active) return INACTIVE;
  const { clientId, issuedAt, expiresAt, connectionId } = found.token;
  return {
    active: true,
    clientId,
    tokenType: 'Bearer',
    issuedAt: issuedAt === undefined ? null : new Date(issuedAt),
    expiresAt: new Date(expiresAt),
    connectionId,
  };
}
