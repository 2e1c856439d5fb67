import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Case, CONNECTIONS } from './case.ts';
import { type Latchkey, startLatchkey } from './latchkey.ts';
import { describeMachine } from './machine.ts';
import { LOAD_CORE, ROOT, startProcess, startServer, untilItSays } from './processes.ts';
import { measure, type Plan, type Sample } from './rounds.ts';
import { startRun } from './start-run.ts';
import { formatAims, formatResults, median } from './table.ts';

/**
 * Latchkey in front of tenants beside a bare @fastify/reply-from proxy, and the calls to healthy tenants while others hang.
 * Prints Markdown for docs/benchmarks.md to standard output. `--quick` is for trying it out.
 */

const FULL: Plan = { rounds: 5, seconds: 3, warmUpSeconds: 2 };
const QUICK: Plan = { rounds: 5, seconds: 1, warmUpSeconds: 1 };
const ADDED_CPU_US_MAX = 350;
const P99_RATIO_MAX = 1.1;
const TENANTS = 50;
const MISBEHAVING = 5;
/** Calls to each tenant that hangs that are under way all the time. */
const CALLS_TO_HANGING = 10;
const PATH = '/v1/meta/services/objects/list?po=company&em=true';
const mustContain = '"objectName":"company"';

const { isQuick, directory } = startRun();
const plan = isQuick ? QUICK : FULL;

const tenantUrls = await startTenants();
const [firstTenant = ''] = tenantUrls;
const organizations = tenantUrls.map((tenantUrl, index) => ({ id: `org-${index}`, issuer: 'UPSTREAM', tenantUrl }));
const organizationsFile = join(directory, 'organizations.json');
writeFileSync(organizationsFile, JSON.stringify(organizations));
const latchkey = await startLatchkey({
  // Tenants on this machine are for development.
  NODE_ENV: 'development',
  LATCHKEY_DATA_DIR: join(directory, 'data'),
  LATCHKEY_ORGANIZATIONS: organizationsFile,
});
const bare = await startServer('bare reply-from', 'bench/peers/bare-reply-from.ts', {
  env: { TENANT_URL: firstTenant },
});
for (const index of organizations.keys()) await link(latchkey, index);

const call = (index: number) => ({ method: 'GET' as const, path: PATH, headers: { accesskey: keyOf(index) } });
const token = await takeToken(latchkey);
const passed: Case = { work: 'a call passed on', server: bare, mustContain, requests: async () => [call(0)] };
const byToken: Case = {
  work: 'a call by a token of ours, with the shared bearer',
  server: latchkey,
  mustContain,
  comparisons: [{ peer: passed }],
  requests: async () => [{ method: 'GET', path: PATH, headers: { authorization: `Bearer ${token}` } }],
};
const byKey: Case = {
  work: 'a call by the access key',
  server: latchkey,
  mustContain,
  comparisons: [{ peer: passed }],
  requests: async () => [call(0)],
};
const healthy = Array.from({ length: TENANTS - MISBEHAVING }, (_, index) => call(index));
let hanging = new AbortController();
const quiet: Case = {
  work: `calls to ${TENANTS - MISBEHAVING} tenants`,
  server: latchkey,
  mustContain,
  requests: async () => {
    hanging.abort();
    return healthy;
  },
};
const beset: Case = {
  work: `the same while ${MISBEHAVING} other tenants hang`,
  server: latchkey,
  mustContain,
  comparisons: [{ peer: quiet }],
  requests: async () => {
    hanging = new AbortController();
    callHanging(hanging.signal);
    return healthy;
  },
};

const samples = await measure([passed, byToken, byKey, quiet, beset], plan);
const addedByToken = difference(byToken, 'cpuMicroseconds');
const addedByKey = difference(byKey, 'cpuMicroseconds');
const p99Ratio = median(of(beset).map((sample, round) => sample.p99Ms / (of(quiet)[round]?.p99Ms ?? Number.NaN)));

console.log(`${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up, ${CONNECTIONS} connections; medians of the rounds.
Every answer was checked. Latchkey proves the caller, decides the call and puts the tenant's credential in the place of the
caller's; LATCHKEY_LIMITS=off. To each tenant that hangs ${CALLS_TO_HANGING} calls are under way all the time.

${describeMachine()
  .map((fact) => `- ${fact}`)
  .join('\n')}

${formatResults(samples)}

${formatAims([
  aim('CPU that a call by a token adds', addedByToken),
  aim('CPU that a call by the access key adds', addedByKey),
  {
    name: 'p99 of healthy tenants beside hanging ones',
    wanted: `at most ${P99_RATIO_MAX} × without them`,
    measured: `${p99Ratio.toFixed(2)} ×`,
    met: p99Ratio <= P99_RATIO_MAX,
  },
])}`);
process.exit();

function aim(name: string, added: number) {
  return {
    name,
    wanted: `at most ${ADDED_CPU_US_MAX} µs over bare reply-from`,
    measured: `${added.toFixed(0)} µs`,
    met: added <= ADDED_CPU_US_MAX,
  };
}

function of(one: Case): readonly Sample[] {
  return samples.get(one) ?? [];
}

function difference(one: Case, figure: 'cpuMicroseconds'): number {
  return median(of(one).map((sample, round) => sample[figure] - (of(passed)[round]?.[figure] ?? Number.NaN)));
}

async function startTenants(): Promise<string[]> {
  const env = { TENANTS: String(TENANTS), MISBEHAVING: String(MISBEHAVING) };
  const child = startProcess(LOAD_CORE, 'bench/peers/tenant.ts', { env });
  const line = await untilItSays(child, 'tenants', /ports [\d,]+ end/);
  return (line.match(/\d+/g) ?? []).map((port) => `http://127.0.0.1:${port}`);
}

function keyOf(index: number): string {
  return `tenant-access-key-${index}`;
}

/** Links an access key, and a client too where it is the first organisation. */
async function link({ url, env }: Latchkey, index: number): Promise<void> {
  const { stdout: bearer } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'dist', 'cli.js'), 'admin-token', '--role', 'super-admin', '--org', `org-${index}`],
    { env: { PATH: process.env.PATH, ...env } },
  );
  const inputs = [`name: "key", authenticationType: ACCESS_KEY, accessKey: "${keyOf(index)}"`];
  if (index === 0) inputs.push('name: "client", authenticationType: OAUTH, clientId: "client", clientSecret: "secret"');
  for (const input of inputs) {
    const query = `mutation { createConnection(input: { ${input} }) { __typename } }`;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer.trim()}` },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    if (!text.includes('ConnectionCreated')) throw new Error(`nothing was linked: ${text}`);
  }
}

async function takeToken({ url }: Latchkey): Promise<string> {
  const authorization = `Basic ${Buffer.from('client:secret').toString('base64')}`;
  const response = await fetch(`${url}/v1/users/m2m/oauth/token`, { method: 'POST', headers: { authorization } });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Keeps calls to the tenants that hang under way until `signal`. */
function callHanging(signal: AbortSignal): void {
  for (let index = TENANTS - MISBEHAVING; index < TENANTS; index++) {
    for (let count = 0; count < CALLS_TO_HANGING; count++) void callOne(index, signal);
  }
}

async function callOne(index: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fetch(`${latchkey.url}${PATH}`, { headers: call(index).headers, signal }).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    );
  }
}
