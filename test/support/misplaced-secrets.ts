import type { TestGateway } from './gateway.js';
import { basic, type MachineCredentials } from './machine.js';
import { type RawRequest, sendRaw } from './raw-http.js';
import {
  type Answer,
  authorizationOf,
  COMPATIBLE,
  introspect,
  METADATA,
  post,
  postForm,
  STANDARD,
  send,
} from './rest.js';

/** A request that puts a secret where it does not belong or is not understood, and the words for it. */
export type Misplaced = readonly [what: string, sent: () => Promise<Answer>];

/** In URLs, headers and bodies of the REST paths. */
export function misplacedOverRest({ url }: TestGateway, machine: MachineCredentials, secret: string): Misplaced[] {
  const raw = (request: Partial<RawRequest>) => sendRaw(url, { method: 'POST', target: COMPATIBLE.token, ...request });
  const header = (name: string, value: string) => () => raw({ headers: [[name, value]] });
  const form = (path: string, parameters: Record<string, string> | string) => () =>
    postForm(`${url}${path}`, parameters, authorizationOf(machine));
  const json = (body: unknown) => () => introspect(url, machine, body);
  const grant = { grant_type: 'client_credentials' };
  return [
    ['a path', () => send(`${url}/${secret}`)],
    ['the end of a path', () => send(`${url}${METADATA}/${secret}?access_token=${secret}`)],
    ['a path that is no percent-encoding', () => raw({ target: `/%zz${secret}` })],
    ['a sign-in code', () => send(`${url}/sign-in?code=${secret}`)],
    ['a sign-in code to redeem', () => post(`${url}/sign-in?code=${secret}`)],
    [
      'a secret for a wrong method',
      () =>
        send(`${url}${COMPATIBLE.token}`, {
          method: 'PUT',
          headers: { authorization: basic(machine.clientId, secret) },
        }),
    ],
    ['a whole Authorization header', header('authorization', secret)],
    ['a client id and secret', header('authorization', basic(secret, secret))],
    ['a Bearer', header('authorization', `Bearer ${secret}`)],
    [
      'two headers',
      () =>
        raw({
          headers: [
            ['authorization', `Bearer ${secret}`],
            ['authorization', secret],
          ],
        }),
    ],
    ['a header with a null character', header('x', `${secret}\u0000`)],
    ['an expectation', header('expect', secret)],
    ['a Content-Length', header('content-length', secret)],
    [
      'a Content-Type',
      () => post(`${url}${STANDARD.introspect}`, { ...authorizationOf(machine), 'content-type': secret }, secret),
    ],
    ['a body that is no JSON', json(secret)],
    ['a member twice', json(`{"access_token":"${secret}","access_token":"${secret}"}`)],
    ['a list', json({ access_token: [secret], [secret]: secret })],
    ['a grant type', form(STANDARD.token, { grant_type: secret })],
    ['a scope', form(STANDARD.token, { ...grant, scope: secret })],
    ['a parameter twice', form(STANDARD.introspect, `token=${secret}&token=${secret}`)],
    ['another client id', form(STANDARD.revoke, { token: secret, client_id: secret })],
    [
      'credentials in a form',
      () => postForm(`${url}${STANDARD.token}`, { ...grant, client_id: secret, client_secret: secret }),
    ],
  ];
}

const INTROSPECT = 'query ($token: String!) { introspectToken(token: $token) { active } }';
const CREATE =
  'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename ... on UserError { message path } } }';

/** In headers, documents and variables of GraphQL. */
export function misplacedOverGraphql(gateway: TestGateway, accessKey: string, secret: string): Misplaced[] {
  const asAdmin = { authorization: `Bearer ${gateway.bearer()}` };
  const ask = (headers: Record<string, string>, body: string) => () =>
    post(`${gateway.url}/graphql`, { 'content-type': 'application/json', ...headers }, body);
  const operation = (query: string, variables: object = {}) => JSON.stringify({ query, variables });
  const asking = (query: string, variables: object = {}) => ask(asAdmin, operation(query, variables));
  const viewer = operation('{ viewer { id } }');
  const name = secret.replaceAll(/\W/g, '_');
  return [
    [
      'a query of a URL',
      () => send(`${gateway.url}/graphql?query=${secret}`, { headers: { accept: 'application/json' } }),
    ],
    ['another scheme', ask({ authorization: `Basic ${secret}` }, viewer)],
    ['a bearer with something behind it', ask({ authorization: `Bearer ${secret}x` }, viewer)],
    ['an access key with something behind it', ask({ accesskey: `${secret}x` }, viewer)],
    ['one of two credentials', ask({ accesskey: accessKey, authorization: `Bearer ${secret}` }, viewer)],
    ['a Content-Type', ask({ ...asAdmin, 'content-type': secret }, viewer)],
    ['a body that is no JSON', ask(asAdmin, secret)],
    ['a document', asking(secret)],
    ['what follows a document', asking(`{ viewer { id } } ${secret} "${secret}"`)],
    ['an unknown field', asking(`{ ${name} }`)],
    ['an alias', asking(`{ ${name}: nothing }`)],
    ['an argument without its quotes', asking(`{ introspectToken(token: ${name}) { active } }`)],
    ['an argument in a list', asking(`{ introspectToken(token: ["${secret}"]) { active } }`)],
    ['an operation name', ask(asAdmin, JSON.stringify({ query: '{ viewer { id } }', operationName: secret }))],
    ['a list for a text', asking(INTROSPECT, { token: [secret] })],
    ['an object for a text', asking(INTROSPECT, { token: { secret } })],
    ['an unknown variable', asking(INTROSPECT, { [secret]: secret })],
    ['a number', asking('query ($first: Int) { auditEvents(first: $first) { edges { cursor } } }', { first: secret })],
    [
      'a cursor',
      asking('query ($after: String) { auditEvents(after: $after) { edges { cursor } } }', { after: secret }),
    ],
    [
      'a connection id',
      asking('mutation ($id: ID!) { deleteConnection(id: $id) { __typename ... on UserError { message path } } }', {
        id: secret,
      }),
    ],
    ['an enum value', asking(CREATE, { input: { name: 'x', authenticationType: secret } })],
    [
      'an unknown member of an input',
      asking(CREATE, { input: { name: 'x', authenticationType: 'OAUTH', [secret]: 1 } }),
    ],
    ['a name', asking(CREATE, { input: { name: `${secret}\u0000`, authenticationType: 'OAUTH' } })],
    [
      'a type of a representation',
      asking('query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }', {
        of: [{ __typename: secret, id: secret }],
      }),
    ],
    [
      'a traced operation',
      ask({ ...asAdmin, 'apollo-federation-include-trace': 'ftv1' }, operation(INTROSPECT, { token: secret })),
    ],
  ];
}
