import { LIVE_TOKENS } from './case.ts';
import { createLatchkeyClient, type Latchkey } from './latchkey.ts';
import type { LoadRequest } from './load.ts';
import {
  compatibleIntrospection,
  graphqlIntrospection,
  latchkeyTokenRequest,
  standardIntrospection,
  takeToken,
  takeTokens,
} from './requests.ts';

/** What a server is asked to do, whichever server it is. */
export interface Work {
  readonly name: string;
  readonly requests: readonly LoadRequest[];
  /** What every answer must hold. */
  readonly mustContain: string;
}

const ISSUED = { mustContain: '"access_token":"' };
const ACTIVE = { mustContain: '"active":true' };

/** A bit of everything that machines ask of a gateway. */
export async function createEverydayWork(latchkey: Latchkey): Promise<readonly Work[]> {
  const client = await createLatchkeyClient(latchkey, 'bench');
  const tokenRequest = latchkeyTokenRequest(client);
  const tokens = await takeTokens(latchkey, tokenRequest, LIVE_TOKENS);
  const bearer = await takeToken(latchkey, tokenRequest);
  const ofTokens = (request: (token: string) => LoadRequest) => ({ ...ACTIVE, requests: tokens.map(request) });
  return [
    { name: 'token issue', ...ISSUED, requests: [tokenRequest] },
    { name: 'introspection, standard path', ...ofTokens((token) => standardIntrospection(client, token)) },
    { name: 'introspection, compatible path', ...ofTokens((token) => compatibleIntrospection(client, token)) },
    { name: 'GraphQL introspectToken', ...ofTokens((token) => graphqlIntrospection(bearer, token)) },
  ];
}
