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
@ObjectType('AccessTokenInfo', { simpleResolvers: true, description: 'A live access token, without the token.' })
export class AccessTokenInfo {
  @Field(() => ID, { description: 'Names the token; it is not the token.' })
  id!: string;

  @Field(() => ID, { description: 'The connection that it was issued to.' })
  connectionId!: string;

  @Field(() => GraphQLDateTime, { description: 'When it was issued.' })
  issuedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it stops being accepted.' })
  expiresAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When it was last presented or introspected; null while unused.',
  })
  lastUsedAt!: Date | null;
}

@Authenticated()
@ObjectType('AccessTokenEdge', { simpleResolvers: true, description: 'A token in a page.' })
export class AccessTokenEdge {
  @Field(() => AccessTokenInfo, { description: 'The token.' })
  node!: AccessTokenInfo;

  @Field(() => String, { description: 'Its place: `after` of a page that begins behind it.' })
  cursor!: string;
}

@Authenticated()
@ObjectType('AccessTokenPage', { simpleResolvers: true, description: 'A page of live access tokens, newest first.' })
export class AccessTokenPage {
  @Field(() => [AccessTokenEdge], { description: 'The tokens.' })
  edges!: AccessTokenEdge[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
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
@ObjectType('AccessToken', { simpleResolvers: true, description: 'A bearer to present as `Authorization: Bearer …`.' })
export class AccessTokenType {
  @Field(() => String, { description: 'The token.' })
  accessToken!: string;

  @Field(() => String, { description: 'Always Bearer.' })
  tokenType!: string;

  @Field(() => Int, { description: 'Seconds that are left of it.' })
  expiresIn!: number;

  @Field(() => GraphQLDateTime, { description: 'When it stops being accepted.' })
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
  description: "What came of asking for a connection's bearer.",
  types: () => [AccessTokenType, NotFound, InvalidInput] as const,
  resolveType: resolveResultType('AccessToken'),
});

@Authenticated()
@ObjectType('TokenRevoked', { simpleResolvers: true, description: 'The token is not active (any more).' })
export class TokenRevoked {
  @Field(() => Boolean, { description: 'Always true: also where the token was not active before (RFC 7009).' })
  revoked!: boolean;
}

export const RevokeTokenResult = createUnionType({
  name: 'RevokeTokenResult',
  description: 'What came of revoking a token.',
  types: () => [TokenRevoked, InvalidInput] as const,
  resolveType: resolveResultType('TokenRevoked'),
});

@Authenticated()
@ObjectType('TokenIntrospection', {
  description:
    "What is known of a token. An unknown, expired, revoked, malformed or another organisation's one is only inactive.",
})
export class TokenIntrospectionType {
  @Field(() => Boolean, { simple: true, description: 'Whether the token is accepted.' })
  active!: boolean;

  @Field(() => String, {
    nullable: true,
    simple: true,
    description: 'The client that it was issued to; null where inactive.',
  })
  clientId!: string | null;

  @Field(() => String, { nullable: true, simple: true, description: 'Bearer; null where inactive.' })
  tokenType!: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    simple: true,
    description: 'When it was issued; null where inactive, and of a token that a tenant issued.',
  })
  issuedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    simple: true,
    description: 'When it stops being accepted; null where inactive.',
  })
  expiresAt!: Date | null;

  /** For the resolver of `connection`. */
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
