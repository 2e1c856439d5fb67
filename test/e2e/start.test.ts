import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ViewerDocument } from '../generated/graphql.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { refusalOf } from '../support/refused-start.js';
import { expectAlive, post, send } from '../support/rest.js';
import { sessionOf } from '../support/session.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';

const LINK = /http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=lksi_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/;
const SANDBOX_ORIGIN = 'https://studio.apollographql.com';

function linkOf(readyLine: string): string {
  const [link] = LINK.exec(readyLine) ?? [];
  if (link === undefined) throw new Error(`no sign-in link in: ${readyLine}`);
  return link;
}

describe.concurrent('the ready line', () => {
  test('is all that a start prints: the URL that answers, and a sign-in link', async () => {
    await using directory = await createTemporaryDirectory();
    await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });

    await expectAlive(gateway.url);
    expect(gateway.readyLine.replace(LINK, '<link>')).toBe(
      `Latchkey is ready: ${gateway.url}/graphql · sign in once as super admin: <link>`,
    );
    expect(new URL(linkOf(gateway.readyLine)).origin).toBe(gateway.url);
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 0, signal: null, stdout: `${gateway.readyLine}\n`, stderr: '' });
  });

  test('has a link that signs in as super admin of the organisation `default`, once', async () => {
    await using directory = await createTemporaryDirectory();
    await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
    const link = linkOf(gateway.readyLine);

    const first = await post(link);
    expect(first.status).toBe(303);
    const { viewer } = await createGraphqlClient(gateway.url, sessionOf(first, gateway.url)).run(ViewerDocument);
    expect(viewer).toMatchObject({ role: 'SUPER_ADMIN', organization: { id: 'default' } });
    const second = await post(link);
    expect([second.status, second.headers.getSetCookie()]).toEqual([401, []]);
  });

  test('has a link at each start until somebody has signed in, and none from then on', async () => {
    await using directory = await createTemporaryDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path };
    const readyLines: string[] = [];
    for (const signIn of [false, true, false]) {
      await using gateway = await spawnGateway({ env });
      readyLines.push(gateway.readyLine);
      if (signIn) expect((await post(linkOf(gateway.readyLine))).status).toBe(303);
    }
    expect(readyLines.map((line) => LINK.test(line))).toEqual([true, true, false]);
    expect(readyLines[2]).toMatch(/^Latchkey is ready: http:\/\/127\.0\.0\.1:\d+\/graphql$/);
  });

  test('names the public URL where one is set, in the link too', async () => {
    await using directory = await createTemporaryDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_PUBLIC_URL: 'https://latchkey.example/' };
    await using gateway = await spawnGateway({ env });
    expect(gateway.readyLine).toMatch(
      /^Latchkey is ready: https:\/\/latchkey\.example\/graphql · .*: https:\/\/latchkey\.example\/sign-in\?code=lksi_/,
    );
  });
});

test.concurrent('a port that is taken is named, with what to do, and nothing else is said', async () => {
  await using directory = await createTemporaryDirectory();
  await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: join(directory.path, 'one') } });
  const { port } = new URL(gateway.url);

  const env = { LATCHKEY_DATA_DIR: join(directory.path, 'two'), PORT: port };
  expect(await refusalOf({ env })).toBe(
    `Port ${port} on 127.0.0.1 is taken. Stop the process that listens there, or set PORT to a free one.`,
  );
  await expectAlive(gateway.url);
});

describe.concurrent('the data directory', () => {
  test('is made for its user alone, with a key ring for its user alone, whatever the umask', async () => {
    await using directory = await createTemporaryDirectory();
    const dataDirectory = join(directory.path, 'deep', 'data');
    const wrapper = ['sh', '-c', 'umask 0; exec "$@"', 'sh'];
    await using _gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: dataDirectory }, wrapper });

    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await modeOf(dataDirectory)).toBe('700');
    expect(await modeOf(join(dataDirectory, 'keys'))).toBe('600');
  });

  test('is ./data where nothing is set', async () => {
    await using directory = await createTemporaryDirectory();
    await using _gateway = await spawnGateway({ wrapper: ['env', '-C', directory.path] });
    expect((await stat(join(directory.path, 'data', 'latchkey.sqlite'))).isFile()).toBe(true);
  });

  test('keeps its key ring: a bearer that was signed before a restart is good after it', async () => {
    await using directory = await createTemporaryDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path };
    const ringAfterStart = async () => {
      await using _gateway = await spawnGateway({ env });
      return readFile(join(directory.path, 'keys'), 'utf8');
    };
    const ring = await ringAfterStart();
    await using gateway = await spawnGateway({ env });
    const admin = await userOfProcess(gateway.url, directory.path);
    expect((await admin.run(ViewerDocument)).viewer).toMatchObject({ role: 'SUPER_ADMIN' });
    expect(await readFile(join(directory.path, 'keys'), 'utf8')).toBe(ring);
  });
});

describe.concurrent('in production', () => {
  /** What a browser is given: Sandbox's page, leave to call from Sandbox's origin, the schema by introspection. */
  async function lookAsBrowser(env: Record<string, string>, origin = SANDBOX_ORIGIN) {
    await using directory = await createTemporaryDirectory();
    await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path, ...env } });
    const page = await send(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    const preflight = await send(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    const admin = await userOfProcess(gateway.url, directory.path);
    const introspection = await admin.send('{ __schema { queryType { name } } }');
    return {
      sandbox: page.status === 200 && page.text.includes('apollographql.com'),
      allowedOrigin: preflight.headers.get('access-control-allow-origin'),
      introspection: introspection.errors === undefined,
    };
  }

  test('there is no Sandbox, no introspection and no foreign origin; elsewhere there are', async () => {
    expect(await lookAsBrowser({ NODE_ENV: 'production' })).toEqual({
      sandbox: false,
      allowedOrigin: null,
      introspection: false,
    });
    expect(await lookAsBrowser({})).toEqual({ sandbox: true, allowedOrigin: SANDBOX_ORIGIN, introspection: true });
  });

  test('Sandbox and the origins of frontends are there where they are asked for, and only those', async () => {
    const env = {
      NODE_ENV: 'production',
      LATCHKEY_SANDBOX: 'true',
      LATCHKEY_CORS_ORIGINS: 'https://app.example, https://admin.example:8443',
    };
    const asked = { sandbox: true, introspection: true };
    expect(await lookAsBrowser(env, 'https://admin.example:8443')).toEqual({
      ...asked,
      allowedOrigin: 'https://admin.example:8443',
    });
    expect(await lookAsBrowser(env)).toEqual({ ...asked, allowedOrigin: null });
  });
});
