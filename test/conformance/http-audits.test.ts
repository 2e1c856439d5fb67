import { type AuditResult, serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { reportConformance } from '../support/conformance-report.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** The audits that ask for `__type`, which production hides: two by POST, two by GET. */
const ABOUT_INTROSPECTION = ['2EA1', '28B9', '6A70', 'D6D5'];

/** GET is for callers with a credential, so the audits present one. */
async function audit({ url, bearer }: TestGateway): Promise<AuditResult[]> {
  const authorization = `Bearer ${bearer()}`;
  const fetchFn = (target: string, init: RequestInit = {}) =>
    fetch(target, { ...init, headers: { authorization, ...(init.headers as Record<string, string>) } });
  const results: AuditResult[] = [];
  for (const { fn } of serverAudits({ url: `${url}/graphql`, fetchFn })) results.push(await fn());
  return results;
}

const isPassed = ({ status }: AuditResult) => status === 'ok';

test("graphql-http's 61 audits of GraphQL over HTTP have nothing to note in development", async ({ annotate }) => {
  await using gateway = await startTestGateway();
  const results = await audit(gateway);

  await reportConformance(annotate, 'graphql-http', { passed: results.filter(isPassed).length, of: results.length });
  expect(results).toHaveLength(61);
  expect(results.filter((result) => !isPassed(result))).toEqual([]);
});

test("graphql-http's audits note nothing in production but that introspection is off", async ({ annotate }) => {
  await using gateway = await startTestGateway({ config: { sandbox: false } });
  const results = (await audit(gateway)).filter(({ id }) => !ABOUT_INTROSPECTION.includes(id));

  await reportConformance(annotate, 'graphql-http', { passed: results.filter(isPassed).length, of: results.length });
  expect(results).toHaveLength(57);
  expect(results.filter((result) => !isPassed(result))).toEqual([]);
});
