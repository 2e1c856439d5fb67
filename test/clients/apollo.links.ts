import { ApolloLink, CombinedGraphQLErrors, ServerError } from '@apollo/client';
import { RetryLink } from '@apollo/client/link/retry';
import { map } from 'rxjs';

// RetryLink sees errors alone, and a refusal is a result: it is made an error.
const refusalsAsErrors = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    map((result) => {
      const isRefused = result.errors?.some(({ extensions }) => extensions?.code === 'RATE_LIMITED');
      if (isRefused) throw new CombinedGraphQLErrors(result);
      return result;
    }),
  ),
);

export function waitMs(error: unknown): number {
  if (CombinedGraphQLErrors.is(error)) return Number(error.errors[0]?.extensions?.retryAfterMs);
  if (ServerError.is(error)) return Number(error.response.headers.get('retry-after') ?? Infinity) * 1000;
  return Infinity;
}

const retries = new RetryLink({
  attempts: (count, _operation, error) => count <= 3 && waitMs(error) <= 60_000,
  delay: (_count, _operation, error) => waitMs(error) + 100, // a timer may be early by a millisecond
});

export const refusalLinks = ApolloLink.from([retries, refusalsAsErrors]);
