import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { type Admission, type Admit, describeStanding, NOT_COUNTED, standingHeaders } from './admission.js';
import { coerceOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { TRACE_HEADER } from './inline-trace.plugin.js';
import { createSecretArguments } from './secret-arguments.js';

/** Has an operation admitted before Apollo executes it, and tells where its caller stands. */
export function admissionPlugin(schema: GraphQLSchema, admit: Admit): ApolloServerPlugin<GraphqlContext> {
  const secretArgumentOf = createSecretArguments(schema);
  return {
    async requestDidStart() {
      let admission: Admission = NOT_COUNTED;
      return {
        async didResolveOperation({ contextValue, operation, document, request }) {
          if (operation === undefined) return;
          if (operation.operation === OperationTypeNode.SUBSCRIPTION) refuseSubscription();
          if (request.http?.method === 'GET') refuseSecret(secretArgumentOf(document));
          const coerced = coerceOperation(schema, operation, document, request.variables ?? {});
          if (coerced !== undefined) admission = await admit(coerced, contextValue);
        },
        async willSendResponse({ request, response, errors }) {
          for (const [name, value] of Object.entries(standingHeaders(admission, errors))) {
            response.http.headers.set(name, value);
          }
          const told = describeStanding(admission);
          if (told === undefined || response.body.kind !== 'single' || request.http?.headers.has(TRACE_HEADER)) return;
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, ...told };
        },
      };
    },
  };
}

/** Apollo would execute it as a query. Only a persisted one comes so far: subscriptions.ts answers all others. */
function refuseSubscription(): void {
  throw new GraphQLError('Subscribe with the text of the document, or with its documentId: not by a persisted query.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400, headers: new HeaderMap() } },
  });
}

/** URLs stay in browsers' histories and in the logs of proxies. */
function refuseSecret(argument: string | undefined): void {
  if (argument === undefined) return;
  throw new GraphQLError(`${argument} is a secret and must not stand in a URL: send this operation by POST.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 405, headers: new HeaderMap([['allow', 'POST']]) } },
  });
}
