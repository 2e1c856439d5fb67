import type { Case } from './case.ts';
import { CONNECTIONS_ON_PAGE, type ConnectionServers, type PageServer } from './connection-servers.ts';
import { graphqlConnections } from './requests.ts';

/** A frontend's page of connections, with all their fields: every answer must hold all of it. */
export function createConnectionCases({ latchkey, trusting, stockTypeGraphql }: ConnectionServers): readonly Case[] {
  const stock = createPage(stockTypeGraphql, 'text');
  const asText = createPage(trusting, 'text', ', as text');
  return [
    stock,
    {
      ...createPage(latchkey, 'text'),
      comparisons: [{ peer: stock, aim: { figure: 'cpuMicroseconds', atMost: 0.5 } }],
    },
    asText,
    {
      ...createPage(trusting, 'id', ', by id'),
      comparisons: [{ peer: asText, aim: { figure: 'perSecond', atLeast: 1.1 } }],
    },
  ];
}

function createPage({ server, bearer, page }: PageServer, how: 'text' | 'id', suffix = ''): Case {
  return {
    work: `GraphQL connections, ${CONNECTIONS_ON_PAGE} of them${suffix}`,
    server,
    mustContain: page,
    requests: async () => [graphqlConnections(bearer, how)],
  };
}
