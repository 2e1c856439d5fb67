import type { TypedDocumentString } from '../generated/graphql.js';

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [name: string]: unknown };
}

export interface GraphqlResponse<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data?: Data | null;
  readonly errors?: readonly GraphqlError[];
}

/** Data of an operation without errors: what is null only beside an error is there. A scalar may still be null. */
type Complete<Data> = Data extends readonly (infer Entry)[]
  ? Complete<Entry>[]
  : Data extends object
    ? { [Name in keyof Data]: NonNullable<Data[Name]> extends object ? Complete<NonNullable<Data[Name]>> : Data[Name] }
    : Data;

/** Sends typed operations over HTTP, as a frontend with generated types does. */
export interface GraphqlClient {
  /** The data of an operation that succeeds; throws with the errors of one that does not. */
  run<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables?: Variables): Promise<Complete<Data>>;
  /** The answer, whatever it is. */
  send<Data = unknown>(query: unknown, variables?: unknown): Promise<GraphqlResponse<Data>>;
}

export function createGraphqlClient(url: string, headers: Record<string, string>): GraphqlClient {
  const send = async <Data>(query: unknown, variables?: unknown): Promise<GraphqlResponse<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Pick<GraphqlResponse<Data>, 'data' | 'errors'>;
    return { status: response.status, headers: response.headers, ...body };
  };
  return {
    send,
    run: async (document, variables) => {
      const { data, errors } = await send<never>(document.toString(), variables);
      if (errors !== undefined || data === undefined || data === null) throw new Error(JSON.stringify(errors));
      return data;
    },
  };
}
