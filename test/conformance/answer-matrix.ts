import { isDeepStrictEqual } from 'node:util';
import type { GraphQLSchema } from 'graphql';
import { CALLERS, type Caller, type CallerSet } from '../support/callers.js';
import { type AskedField, rootFieldsOf, SHAPES } from '../support/field-documents.js';
import { requestGraphql } from '../support/graphql-http.js';

/** What a client is told: everything but the texts and what is about this one request. */
export interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors: readonly { readonly path: readonly (string | number)[]; readonly code: string }[];
}

export interface MatrixCase {
  readonly shape: string;
  readonly field: AskedField;
  readonly caller: Caller;
  readonly answer: Answer;
}

/** Asks `url` for every field of Query and Mutation in every shape as every caller, always in the same order of states. */
export async function askEverything(schema: GraphQLSchema, url: string, callers: CallerSet): Promise<MatrixCase[]> {
  const fields = rootFieldsOf(schema);
  const cases: MatrixCase[] = [];
  for (const shape of Object.keys(SHAPES)) {
    // Of what is asked for at the same time nothing sees what the other changes.
    for (const operation of ['query', 'mutation']) {
      const asked = fields.filter((field) => field.operation === operation);
      const pairs = asked.flatMap((field) => CALLERS.map((caller) => ({ shape, field, caller })));
      const answers = pairs.map(async (pair) => ({ ...pair, answer: await ask(url, callers, pair) }));
      cases.push(...(await Promise.all(answers)));
    }
  }
  return cases;
}

async function ask(
  url: string,
  { headers }: CallerSet,
  { shape, field, caller }: Omit<MatrixCase, 'answer'>,
): Promise<Answer> {
  const body = SHAPES[shape]?.(field) ?? {};
  const { status, data, errors } = await requestGraphql(url, { headers: headers[caller], body });
  return {
    status,
    data: data as Answer['data'],
    errors: errors.map(({ path, extensions }) => ({ path: path ?? [], code: extensions.code })),
  };
}

/** The answers by who asks for what and how, to be compared. */
export function answersOf(cases: readonly MatrixCase[]): Readonly<Record<string, Answer>> {
  return Object.fromEntries(
    cases.map(({ shape, field, caller, answer }) => [`${field.name} ${shape} by ${caller}`, answer]),
  );
}

/** How many answers are what is expected of them, as it is reported. */
export function countSame(expected: Readonly<Record<string, Answer>>, actual: Readonly<Record<string, Answer>>) {
  const cases = Object.entries(expected);
  return { passed: cases.filter(([key, answer]) => isDeepStrictEqual(actual[key], answer)).length, of: cases.length };
}
