import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { IntrospectTokenDocument } from '../generated/graphql.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';

const RESIDENT_MB_MAX = 150;
const REQUESTS = 2_000;
/** Requests at a time: enough to keep the gateway busy. */
const WIDTH = 50;

/** The memory of the process that is resident now, in MB. */
async function residentMb(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kilobytes === undefined) throw new Error('the process tells nothing of its memory');
  return Math.round(Number(kilobytes) / 1024);
}

// Only Linux tells it in /proc.
test.runIf(process.platform === 'linux')(
  `less than ${RESIDENT_MB_MAX} MB are resident after the start, and after ${REQUESTS} requests`,
  async ({ annotate }) => {
    await using directory = await createTemporaryDirectory();
    await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
    const atStart = await residentMb(gateway.pid);

    const machine = await createMachine(await userOfProcess(gateway.url, directory.path));
    const token = await requestToken(gateway.url, machine);
    const asMachine = createGraphqlClient(gateway.url, { authorization: `Bearer ${token}` });
    let documents = 0;
    const kinds = [
      async () => (await requestToken(gateway.url, machine)).startsWith('lkat_'),
      () => isActive(gateway.url, machine, token),
      async () => (await asMachine.run(IntrospectTokenDocument, { token })).introspectToken.active,
      // A document that nobody has sent before, as of clients that write values into theirs.
      async () => {
        const { data } = await asMachine.send<Record<string, unknown>>(
          `{ a${documents++}: introspectToken(token: "${token}") { active } }`,
        );
        return JSON.stringify(data).includes('{"active":true}');
      },
    ];
    for (let sent = 0; sent < REQUESTS; sent += WIDTH) {
      const answers = await Promise.all(Array.from({ length: WIDTH }, (_, index) => kinds[index % kinds.length]?.()));
      expect(answers.every((answer) => answer === true)).toBe(true);
    }
    const afterRequests = await residentMb(gateway.pid);
    await annotate(`resident: ${atStart} MB after the start, ${afterRequests} MB after ${REQUESTS} requests`);
    expect(atStart).toBeLessThan(RESIDENT_MB_MAX);
    expect(afterRequests).toBeLessThan(RESIDENT_MB_MAX);
  },
);
