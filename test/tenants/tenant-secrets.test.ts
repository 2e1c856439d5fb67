import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { systemClock } from '../../src/lib/clock.js';
import { generateSecret } from '../../src/lib/secrets.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { findSecrets } from '../support/secret-forms.js';
import type { Misbehaviour } from '../support/tenant-misbehaviour.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';

const CLIENT = 'tenant-client';
const clientSecret = generateSecret('clientSecret');
const accessKey = generateSecret('accessKey');
const token = generateSecret('accessToken');
const SECRETS = {
  clientSecret: clientSecret.reveal(),
  accessKey: accessKey.reveal(),
  token: token.reveal(),
  authorization: Buffer.from(`${CLIENT}:${clientSecret.reveal()}`).toString('base64'),
};
/** A tenant that repeats what it was told, as error pages do. */
const QUOTED = JSON.stringify(SECRETS);

const MISBEHAVIOURS: readonly Misbehaviour[] = [
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'unauthorized' },
  { kind: 'truncated' },
  { kind: 'gzipBomb' },
  { kind: 'rateLimited', retryAfter: QUOTED },
  { kind: 'redirect', location: `https://acme.example/?${encodeURIComponent(QUOTED)}` },
  ...[200, 400, 401, 403, 404, 429, 500].flatMap((status): Misbehaviour[] => [
    { kind: 'status', status, text: QUOTED },
    { kind: 'status', status, text: `{${QUOTED}` },
    { kind: 'status', status, text: JSON.stringify({ result: false, errorCode: QUOTED, error: QUOTED }) },
  ]),
];

async function askEverything(url: TenantUrl): Promise<unknown[]> {
  const client = new TenantClient({ clock: systemClock, allowLoopback: true, deadlineMs: 200 });
  const answers = await Promise.all([
    client.requestToken(url, CLIENT, clientSecret),
    client.introspectToken(url, CLIENT, clientSecret, token),
    client.checkAccessKey(url, accessKey),
  ]);
  client.close();
  return answers;
}

/** Both ways in which a value can come to stand in a log. */
function printed(value: unknown): string {
  return inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(value);
}

async function startOwnTenant(): Promise<TenantStub> {
  return startTenant({ clients: { [CLIENT]: clientSecret.reveal() }, accessKeys: [accessKey.reveal()] });
}

test('no answer of a tenant that misbehaves and quotes what it was sent holds a secret', async () => {
  await using tenant = await startOwnTenant();
  for (const misbehaviour of MISBEHAVIOURS) {
    tenant.behave();
    tenant.misbehave(misbehaviour);
    const answers = await askEverything(tenant.url);
    expect(answers).toHaveLength(3);
    expect(findSecrets(SECRETS, printed(answers))).toEqual([]);
  }
});

test('no answer of a tenant that behaves shows the token that it holds', async () => {
  await using tenant = await startOwnTenant();
  const [issued, ...others] = await askEverything(tenant.url);
  expect(issued).toMatchObject({ outcome: 'ISSUED' });
  expect(others).toEqual([{ outcome: 'INACTIVE' }, { outcome: 'ACCEPTED' }]);
  expect(printed(issued)).not.toContain('tenant-token-');
});

test('nothing but the headers and the body of a request holds a secret: no path does', async () => {
  await using tenant = await startOwnTenant();
  await askEverything(tenant.url);
  expect(findSecrets(SECRETS, tenant.requests.map(({ path }) => path).join('\n'))).toEqual([]);
});
