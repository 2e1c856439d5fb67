import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  astFromValue,
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  print,
} from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { buildClientSdl, buildSdl } from '../../src/transports/graphql/schema.js';

/** What clients and checks rely on: names, nullability and defaults, one line for each. Only adding is allowed. */
const CONTRACT = `
enum Role: SUPER_ADMIN | ADMIN | MACHINE
enum Connector: GAINSIGHT_API
enum AuthenticationType: ACCESS_KEY | OAUTH
enum ConnectionStatus: ACTIVE | DISABLED
enum Issuer: LOCAL | UPSTREAM
enum SecretState: CURRENT | RETIRING
Viewer { id: ID!, role: Role!, scopes: [String!]!, organization: Organization! }
Organization @key { id: ID!, issuer: Issuer!, connections: [Connection!] }
Connection { id: ID!, name: String!, connector: Connector!, authenticationType: AuthenticationType!, status: ConnectionStatus!, issuer: Issuer!, secrets: [ConnectionSecret!]!, allowedCidrs: [String!]!, createdAt: DateTime!, createdBy: String!, updatedAt: DateTime!, lastUsedAt: DateTime }
AccessKeyConnection implements Connection @key { id: ID!, name: String!, connector: Connector!, authenticationType: AuthenticationType!, status: ConnectionStatus!, issuer: Issuer!, secrets: [ConnectionSecret!]!, allowedCidrs: [String!]!, createdAt: DateTime!, createdBy: String!, updatedAt: DateTime!, lastUsedAt: DateTime }
OAuthConnection implements Connection @key { id: ID!, name: String!, connector: Connector!, authenticationType: AuthenticationType!, status: ConnectionStatus!, issuer: Issuer!, secrets: [ConnectionSecret!]!, allowedCidrs: [String!]!, createdAt: DateTime!, createdBy: String!, updatedAt: DateTime!, lastUsedAt: DateTime, clientId: String!, tokens(first: Int = 20): AccessTokenPage, tokens(after: String): AccessTokenPage }
ConnectionSecret { id: ID!, prefix: String!, last4: String!, state: SecretState!, createdAt: DateTime!, lastUsedAt: DateTime, expiresAt: DateTime }
AccessTokenInfo { id: ID!, connectionId: ID!, issuedAt: DateTime!, expiresAt: DateTime!, lastUsedAt: DateTime }
AccessTokenPage { edges: [AccessTokenEdge!]!, pageInfo: PageInfo! }
AccessTokenEdge { node: AccessTokenInfo!, cursor: String! }
AccessToken { accessToken: String!, tokenType: String!, expiresIn: Int!, expiresAt: DateTime! }
TokenIntrospection { active: Boolean!, clientId: String, tokenType: String, issuedAt: DateTime, expiresAt: DateTime, connection: OAuthConnection }
AuditEvent { id: ID!, at: DateTime!, actor: String!, action: String!, target: ID, outcome: String!, detail: String }
AuditEventPage { edges: [AuditEventEdge!]!, pageInfo: PageInfo! }
AuditEventEdge { node: AuditEvent!, cursor: String! }
PageInfo { hasNextPage: Boolean!, endCursor: String, hasPreviousPage: Boolean!, startCursor: String }
Query { viewer: Viewer, organization: Organization, connections(authenticationType: AuthenticationType): [Connection!], connection(id: ID!): Connection }
Query { introspectToken(token: String!): TokenIntrospection, introspectTokens(tokens: [String!]!): [TokenIntrospection!] }
Query { auditEvents(first: Int = 50): AuditEventPage, auditEvents(after: String): AuditEventPage }
UserError { code: String!, message: String!, path: [String!] }
Mutation { createConnection(input: CreateConnectionInput!): CreateConnectionResult, renameConnection(id: ID!): ConnectionResult, renameConnection(name: String!): ConnectionResult }
Mutation { disableConnection(id: ID!): ConnectionResult, enableConnection(id: ID!): ConnectionResult, deleteConnection(id: ID!): DeleteConnectionResult }
Mutation { regenerateSecret(id: ID!): SecretResult, regenerateSecret(graceSeconds: Int = 0): SecretResult, resetAfterLeak(id: ID!): SecretResult }
Mutation { issueToken(connectionId: ID!): IssueTokenResult, revokeToken(token: String!): RevokeTokenResult, revokeTokens(connectionId: ID!): ConnectionResult }
CreateConnectionInput { name: String!, connector: Connector! = GAINSIGHT_API, authenticationType: AuthenticationType!, clientId: String, clientSecret: String, accessKey: String, idempotencyKey: String }
union CreateConnectionResult: ConnectionCreated | NameTaken | LimitReached | InvalidInput
ConnectionCreated { connection: Connection, secret: String, clientId: String }
NameTaken implements UserError { code: String!, message: String!, path: [String!] }
LimitReached implements UserError { code: String!, message: String!, path: [String!], limit: Int! }
InvalidInput implements UserError { code: String!, message: String!, path: [String!] }
NotFound implements UserError { code: String!, message: String!, path: [String!] }
union ConnectionResult: ConnectionChanged | NotFound | NameTaken | InvalidInput
ConnectionChanged { connection: Connection }
union DeleteConnectionResult: ConnectionDeleted | NotFound
ConnectionDeleted { id: ID! }
union SecretResult: SecretCreated | NotFound | InvalidInput
SecretCreated { connection: Connection, secret: String! }
union IssueTokenResult: AccessToken | NotFound | InvalidInput
union RevokeTokenResult: TokenRevoked | InvalidInput
TokenRevoked { revoked: Boolean! }
`;

let sdl: string;
let schema: GraphQLSchema;
let ours: readonly GraphQLNamedType[];

beforeAll(async () => {
  sdl = await buildSdl();
  schema = buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
  // Federation and graphql bring types of their own into a subgraph.
  const brought = /^_|^federation__|^link__|^(String|Boolean|Int|Float|ID|FieldSet)$/;
  ours = Object.values(schema.getTypeMap()).filter(({ name }) => !brought.test(name));
});

/** Everything that a type promises, one entry for each name: `Type.field(argument: T = default): T`. */
function promisesOf(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`);
  if (isUnionType(type)) return type.getTypes().map(({ name }) => `${type.name} includes ${name}`);
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => `${type.name}.${inputOf(field)}`);
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const { directives = [] } = type.astNode ?? {};
  const keys = directives.filter(({ name }) => name.value === 'key').map(() => `${type.name} has a key`);
  const interfaces = type.getInterfaces().map(({ name }) => `${type.name} implements ${name}`);
  const fields = Object.values(type.getFields()).flatMap(({ name, args, type: result }) => [
    `${type.name}.${name}: ${result}`,
    ...args.map((argument) => `${type.name}.${name}(${inputOf(argument)}): ${result}`),
  ]);
  return [...keys, ...interfaces, ...fields];
}

function inputOf({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  const standard = astFromValue(defaultValue, type);
  return `${name}: ${type}${standard ? ` = ${print(standard)}` : ''}`;
}

/** The same entries, read from the contract's lines. */
function promisesOfContract(): string[] {
  return CONTRACT.trim()
    .split('\n')
    .flatMap((line) => {
      const [, kind, named = '', members = ''] = /^(enum|union) (\w+): (.+)$/.exec(line) ?? [];
      if (kind === 'enum') return members.split(' | ').map((member) => `${named}.${member}`);
      if (kind === 'union') return members.split(' | ').map((member) => `${named} includes ${member}`);
      const [, name = '', implemented, key, fields = ''] =
        /^(\w+)(?: implements (\w+))?( @key)? \{ (.+) \}$/.exec(line) ?? [];
      return [
        ...(implemented === undefined ? [] : [`${name} implements ${implemented}`]),
        ...(key === undefined ? [] : [`${name} has a key`]),
        ...fields.split(', ').map((field) => `${name}.${field}`),
      ];
    });
}

test('schema/schema.graphql is what the code declares', async () => {
  const file = await readFile(join(import.meta.dirname, '..', '..', 'schema', 'schema.graphql'), 'utf8');

  expect(file, 'run `npm run schema`').toBe(sdl);
});

test("schema/client.graphql holds the same types, and defines all that it uses: clients' tools can read it", async () => {
  const file = await readFile(join(import.meta.dirname, '..', '..', 'schema', 'client.graphql'), 'utf8');
  const read = buildSchema(file);

  expect(file, 'run `npm run schema`').toBe(await buildClientSdl());
  expect(file).not.toMatch(/^ *(extend|schema|directive)\b|[^"`]@\w/m);
  expect(Object.values(read.getTypeMap()).flatMap(promisesOf)).toEqual(
    expect.arrayContaining(ours.flatMap(promisesOf).filter((promise) => !/ has a key$|^Query\._/.test(promise))),
  );
});

test('every name, nullability and default that clients rely on is there', () => {
  const promised = new Set(ours.flatMap(promisesOf));

  expect(promisesOfContract().length).toBeGreaterThan(150);
  expect(promisesOfContract().filter((promise) => !promised.has(promise))).toEqual([]);
});

test('every root field can be null: an error in one takes nothing of the others away', () => {
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const fields = roots.flatMap((root) => Object.values(root?.getFields() ?? {})).filter(({ name }) => name[0] !== '_');

  expect(fields.length).toBeGreaterThan(18);
  expect(fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
});

test('everything in the schema is described', () => {
  const undescribed = ours.flatMap((type) => {
    const named = (name: string, node: { description?: string | null | undefined }) => [
      { name, text: node.description },
    ];
    const members = isEnumType(type)
      ? type.getValues().flatMap((value) => named(`${type.name}.${value.name}`, value))
      : isInputObjectType(type)
        ? Object.values(type.getFields()).flatMap((field) => named(`${type.name}.${field.name}`, field))
        : isObjectType(type) || isInterfaceType(type)
          ? Object.values(type.getFields()).flatMap((field) =>
              field.name.startsWith('_')
                ? []
                : [field, ...field.args].flatMap((node) => named(`${type.name}.${field.name} ${node.name}`, node)),
            )
          : [];
    return [...named(type.name, type), ...members].filter(({ text }) => !text?.trim()).map(({ name }) => name);
  });

  expect(ours.length).toBeGreaterThan(35);
  expect(undescribed).toEqual([]);
});

test('the schema links the version of federation that every router composes, with the directives of the contract', () => {
  const imported = ['@key', '@shareable', '@authenticated', '@requiresScopes', '@cost', '@listSize', '@tag'];

  expect(sdl).toContain('url: "https://specs.apollo.dev/federation/v2.9"');
  expect(sdl).toContain(`import: [${imported.map((name) => `"${name}"`).join(', ')}]`);
  expect(schema.getType('federation__Scope')?.toString()).toBe('federation__Scope');
});
