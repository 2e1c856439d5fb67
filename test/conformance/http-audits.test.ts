import { type AuditResult, serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { reportConformance } from '../support/conformance-report.js';
import { startTestGateway } from '../support/gateway.js';

/** The three audits that a server MAY pass by answering GET. We refuse it on purpose: a token must not stand in a URL. */
const ABOUT_GET = ['5A70', '6A70', 'D6D5'];

test("graphql-http's 61 audits of GraphQL over HTTP find no error, no warning, and only that GET is refused", async ({
  annotate,
}) => {
  await using gateway = await startTestGateway();
  const results: AuditResult[] = [];
  for (const audit of serverAudits({ url: `${gateway.url}/graphql`, fetchFn: fetch })) results.push(await audit.fn());
  const ofStatus = (status: AuditResult['status']) =>
    results.filter((result) => result.status === status).map(({ id }) => id);

  await reportConformance(annotate, 'graphql-http', { passed: ofStatus('ok').length, of: results.length });
  expect(results).toHaveLength(61);
  expect(ofStatus('error')).toEqual([]);
  expect(ofStatus('warn')).toEqual([]);
  expect(ofStatus('notice').sort()).toEqual(ABOUT_GET);
});
