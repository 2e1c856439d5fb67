import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { freePort } from '../support/free-port.js';
import { runCommand } from '../support/gateway-process.js';
import { createRole, grantsTo, newMigratedUrl, TELLTALE } from '../support/postgres-role.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { refusalOf } from '../support/refused-start.js';
import { runPostgres } from '../support/run-postgres.js';
import { newRedisUrl } from '../support/shared-servers.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** A server that asks every role but its superuser, and one that is not there, for a password. */
const LOGINS = ['postgres trust', 'stranger trust', 'all scram-sha-256'].map((words) => {
  const [role, method] = words.split(' ');
  return `host all ${role} 127.0.0.1/32 ${method}`;
});

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
  await writeFile(await runPostgres(postgres.url, 'show hba_file'), `${LOGINS.join('\n')}\n`);
  await postgres.stop('fast');
  await postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const newUrl = () => postgres.createDatabase();

function changed(url: string, parts: Partial<URL>): string {
  return Object.assign(new URL(url), parts).href;
}

/** A URL that a start is refused for, and the sentence that says why. */
interface Refused {
  readonly url: string;
  readonly sentence: string | RegExp;
}

const EXAMPLE = 'postgres://user:password@host:5432/database';

const CASES: Readonly<Record<string, () => Promise<Refused>>> = {
  'is not there': async () => ({
    url: changed((await createRole(postgres.url)).url, { port: String(await freePort()) }),
    sentence: `The database of DATABASE_URL cannot be used (ECONNREFUSED). Start PostgreSQL, or mend the URL: ${EXAMPLE}.`,
  }),
  'gets a wrong password': async () => ({
    url: changed((await createRole(postgres.url)).url, { password: `${TELLTALE}!` }),
    sentence: `PostgreSQL refuses the user or the password of DATABASE_URL (28P01). Mend the URL: ${EXAMPLE}; or create the role, or set its password.`,
  }),
  'gets no password': async () => ({
    url: changed((await createRole(postgres.url)).url, { password: '' }),
    sentence: `PostgreSQL asks for a password, and DATABASE_URL has none. Add it: ${EXAMPLE}.`,
  }),
  'does not know the role': async () => ({
    url: changed(postgres.url, { username: 'stranger', password: TELLTALE }),
    sentence: `PostgreSQL does not let the user of DATABASE_URL in (role "stranger" does not exist). Create the role with the right to log in, allow it in pg_hba.conf, or mend the URL: ${EXAMPLE}.`,
  }),
  'does not have the database': async () => ({
    url: changed((await createRole(postgres.url)).url, { pathname: '/absent' }),
    sentence: `PostgreSQL has no database of the name in DATABASE_URL (3D000). Create it, or mend the URL: ${EXAMPLE}.`,
  }),
  'has no connection left for the role': async () => {
    const role = await createRole(postgres.url);
    await runPostgres(postgres.url, `alter role ${role.name} connection limit 0`);
    return {
      url: role.url,
      sentence: `PostgreSQL has no connection left for us (too many connections for role "${role.name}"). Raise its max_connections, or lower LATCHKEY_DATABASE_CONNECTIONS.`,
    };
  },
  'does not let the role connect to the database': async () => {
    const adminUrl = await newUrl();
    const database = new URL(adminUrl).pathname.slice(1);
    await runPostgres(adminUrl, `revoke connect on database ${database} from public`);
    return {
      url: (await createRole(adminUrl)).url,
      sentence: `PostgreSQL denies the user of DATABASE_URL what Latchkey needs (permission denied for database "${database}"). Grant it, or mend the URL: ${EXAMPLE}.`,
    };
  },
  'does not let the role create tables': async () => ({
    url: (await createRole(await newUrl())).url,
    sentence:
      /^The user \w+ of DATABASE_URL may not bring the tables in the schema public to this version \(.*\)\. Run /,
  }),
  'does not let the role use the tables': async () => ({
    url: (await createRole(await newMigratedUrl(postgres.url))).url,
    sentence:
      /^The user \w+ of DATABASE_URL lacks rights on Latchkey's tables\. Run as their owner: grant select, insert, update on public\.organizations, /,
  }),
  'does not let the role write one table': async () => ({
    url: (
      await createRole(await newMigratedUrl(postgres.url), (name) => [
        ...grantsTo(name),
        `revoke insert on sign_ins from ${name}`,
      ])
    ).url,
    sentence:
      /^The user \w+ of DATABASE_URL lacks rights on Latchkey's tables\. Run as their owner: grant insert on public\.sign_ins to \w+;$/,
  }),
  'names no schema to the role': async () => ({
    url: (await createRole(await newUrl(), (name) => [`alter role ${name} set search_path = absent`])).url,
    sentence:
      /^The search_path of the user \w+ of DATABASE_URL names no schema that it may use\. Run as the database's owner: /,
  }),
  'lets the role only read': async () => ({
    url: (
      await createRole(await newMigratedUrl(postgres.url), (name) => [
        ...grantsTo(name),
        `alter role ${name} set default_transaction_read_only = on`,
      ])
    ).url,
    sentence:
      'The database of DATABASE_URL is read-only. Point DATABASE_URL to the primary, or turn off default_transaction_read_only for its user.',
  }),
  // Stands before the real function in the role's path: the answer of an older server, where none is installed.
  'says that it is an older version': async () => ({
    url: (
      await createRole(await newMigratedUrl(postgres.url), (name) => [
        ...grantsTo(name),
        'create schema older',
        `create function older.current_setting(text) returns text language sql
         return case $1 when 'server_version_num' then '140009' else pg_catalog.current_setting($1) end`,
        `grant usage on schema older to ${name}`,
        `alter role ${name} set search_path = older, pg_catalog, public`,
      ])
    ).url,
    sentence: 'PostgreSQL 14.9 is too old: 15 or later is needed. Upgrade it, or point DATABASE_URL to a newer server.',
  }),
};

/** All that a process said is one sentence: no stack, no password, and no line in the log, whatever its level. */
function expectSentence(said: string, { sentence }: Refused): void {
  expect(said).not.toContain(TELLTALE);
  expect(said).not.toContain('\n');
  if (typeof sentence === 'string') expect(said).toBe(sentence);
  else expect(said).toMatch(sentence);
}

const LOUD = { LATCHKEY_LOG_LEVEL: 'debug', LATCHKEY_KEYS: KeyRing.generate() };

describe.concurrent.each(Object.entries(CASES))('a PostgreSQL that %s', (_, prepare) => {
  test('refuses a gateway its start, in one sentence and without the password', async () => {
    const refused = await prepare();
    expectSentence(await refusalOf({ env: { ...LOUD, DATABASE_URL: refused.url } }), refused);
  });
});

describe.concurrent.each(Object.entries(CASES).filter(([name]) => /wrong password|use the tables/.test(name)))(
  'a PostgreSQL that %s',
  (_, prepare) => {
    test('refuses a replica its start, and each command, in the same sentence', async () => {
      const refused = await prepare();
      await using directory = await createTemporaryDirectory();
      const embedded = { ...LOUD, LATCHKEY_DATA_DIR: directory.path };
      expect(await runCommand(['migrate'], { env: embedded })).toMatchObject({ code: 0 });
      const env = { ...embedded, DATABASE_URL: refused.url };
      expectSentence(await refusalOf({ env: { ...env, REDIS_URL: await newRedisUrl() } }), refused);
      for (const command of ['migrate', 'copy', 'rotate-keys', 'keys']) {
        const { stderr, ...ended } = await runCommand([command], { env });
        expect(ended).toEqual({ code: 1, signal: null, stdout: '' });
        expectSentence(stderr.slice(0, -1), refused);
      }
    });
  },
);

test.concurrent('a hot standby refuses a gateway its start, and says where the primary belongs', async () => {
  await using standby = await startPostgres();
  const url = await newMigratedUrl(standby.url);
  const data = await runPostgres(standby.url, 'show data_directory');
  await standby.stop('fast');
  await writeFile(join(data, 'standby.signal'), '');
  await standby.start();
  expect(await refusalOf({ env: { ...LOUD, DATABASE_URL: url } })).toMatch(
    /^The database of DATABASE_URL is read-only\. Point DATABASE_URL to the primary/,
  );
});
