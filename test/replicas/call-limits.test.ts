import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RenameConnectionDocument } from '../generated/graphql.js';
import { createMachine, requestToken } from '../support/machine.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace } from '../support/replicated-database.js';
import { introspect } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const LIMIT = 100;

test('of 400 calls at two replicas at once exactly 100 pass and 300 are told when to come back; who manages, and another organisation, are untouched', async () => {
  await using directory = await createTemporaryDirectory();
  const organizations = join(directory.path, 'organizations.json');
  await writeFile(
    organizations,
    JSON.stringify([
      { id: 'default', issuer: 'LOCAL' },
      { id: 'other', issuer: 'LOCAL', callsPerMinute: 7, callsPerDay: 3 },
    ]),
  );
  await using replicas = new Replicas(await newReplicatedPlace());
  // One call each is spent on the token.
  const env = {
    LATCHKEY_CALLS_PER_MINUTE: String(LIMIT + 1),
    LATCHKEY_CALLS_PER_DAY: '50000',
    LATCHKEY_ORGANIZATIONS: organizations,
  };
  const both = await Promise.all([replicas.start(env), replicas.start(env)]);
  const [first, second] = both;
  const admin = replicas.admin(first);
  const machine = await createMachine(admin);
  const stranger = await createMachine(replicas.admin(second, 'other'));
  const token = await requestToken(first.url, machine);

  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, index) =>
      introspect((both[index % 2] as typeof first).url, machine, { access_token: token }),
    ),
  );
  const renamed = await admin.run(RenameConnectionDocument, { id: machine.connectionId, name: 'renamed meanwhile' });
  const strangers = await requestToken(second.url, stranger);

  const passed = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  expect([passed.length, refused.length]).toEqual([LIMIT, 300]);
  const remaining = passed.map(({ headers }) =>
    Number(/"minute";r=(\d+);t=/.exec(headers.get('ratelimit') ?? '')?.[1]),
  );
  expect(remaining.sort((one, other) => one - other)).toEqual(Array.from({ length: LIMIT }, (_, index) => index));
  for (const { headers, text } of refused) {
    expect(JSON.parse(text)).toEqual({
      requestId: headers.get('x-request-id'),
      error: 'rate_limited',
      message: expect.stringMatching(
        /^The minute's 101 calls of this organisation are used up\. The next is free in (\d+ s|1 min)\.$/,
      ),
    });
    expect(headers.get('ratelimit-policy')).toBe('"minute";q=101;w=60, "day";q=50000;w=86400');
    expect(headers.get('ratelimit')).toMatch(/^"minute";r=0;t=([1-5]?\d|60)$/);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
  expect(renamed.renameConnection.__typename).toBe('ConnectionChanged');
  // Its own limits, of which the token took one call.
  const strangersCalls = [];
  for (const { url } of [first, second, first]) {
    const { status, headers } = await introspect(url, stranger, { access_token: strangers });
    strangersCalls.push([status, ...['ratelimit-policy', 'ratelimit'].map((name) => headers.get(name))]);
  }
  const policy = '"minute";q=7;w=60, "day";q=3;w=86400';
  expect(strangersCalls).toEqual([
    [200, policy, expect.stringMatching(/^"minute";r=5;t=\d+, "day";r=1;t=\d+$/)],
    [200, policy, expect.stringMatching(/^"minute";r=4;t=\d+, "day";r=0;t=\d+$/)],
    [429, policy, expect.stringMatching(/^"day";r=0;t=86\d{3}$/)],
  ]);
});
