import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spawnGateway } from '../support/gateway-process.js';
import { send } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'the last lines of the request log survive %s: no line waits in the process for others',
  async (signal) => {
    await using directory = await createTemporaryDirectory();
    const log = join(directory.path, 'log');
    const env = { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_REQUEST_LOG: 'true', LOG: log };
    await using gateway = await spawnGateway({ env, wrapper: ['sh', '-c', 'exec "$@" 2>>"$LOG"', 'sh'] });
    const ids = async () =>
      Array.from((await readFile(log, 'utf8')).matchAll(/^\{.*"requestId":"([^"]+)".*\}$/gm), ([, id = '']) => id);
    const asked: string[] = [];
    for (let request = 0; request < 100; request++) {
      const { headers } = await send(`${gateway.url}/livez`);
      asked.push(headers.get('x-request-id') ?? '');
    }
    // Nothing follows that could push the last line out.
    await until('the last is written', async () => (await ids()).includes(asked.at(-1) ?? ''));
    gateway.kill(signal);
    await gateway.ended;

    expect((await ids()).filter((id) => asked.includes(id))).toEqual(asked);
  },
);
