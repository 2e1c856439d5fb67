import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SignInLinks } from '../../src/domain/sign-in/sign-in.service.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import {
  IntrospectTokenDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  RevokeTokenDocument,
} from '../generated/graphql.js';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { basic, createMachine, isActive, type MachineCredentials, requestToken } from '../support/machine.js';
import { type Misplaced, misplacedOverGraphql, misplacedOverRest } from '../support/misplaced-secrets.js';
import { expectAlive, post } from '../support/rest.js';
import { findSecrets } from '../support/secret-forms.js';
import { sessionOf } from '../support/session.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const MISUSED = ['client secret', 'access key', 'access token', 'admin bearer', 'sign-in code'] as const;

type Secrets = Record<string, string> & Record<(typeof MISUSED)[number], string>;

/** The main job as it goes well: each secret that it shows, by the name under which a leak is told. */
async function runMainJob(
  gateway: TestGateway,
  keys: string,
): Promise<{ machine: MachineCredentials; secrets: Secrets }> {
  const bearer = gateway.bearer();
  const admin = gateway.client({ authorization: `Bearer ${bearer}` });
  const machine = await createMachine(admin);
  const accessKey = await createMachine(admin, 'ACCESS_KEY');
  const leaked = await createMachine(admin);
  const token = await requestToken(gateway.url, machine);
  const revoked = await requestToken(gateway.url, machine);
  expect(await isActive(gateway.url, machine, token)).toBe(true);
  await gateway.client({ accesskey: accessKey.secret }).run(IntrospectTokenDocument, { token });
  await admin.run(RevokeTokenDocument, { token: revoked });
  const { issueToken } = await admin.run(IssueTokenDocument, { connectionId: machine.connectionId });
  const { regenerateSecret } = await admin.run(RegenerateSecretDocument, { id: accessKey.connectionId });
  const { resetAfterLeak } = await admin.run(ResetAfterLeakDocument, { id: leaked.connectionId });
  const link = new SignInLinks(gateway.keyRing, systemClock).create(gateway.url, 'default').reveal();
  const [, session = ''] = sessionOf(await post(link), gateway.url).cookie.split('=');
  const secrets = {
    'client secret': machine.secret,
    'old access key': accessKey.secret,
    'access key': regenerateSecret.__typename === 'SecretCreated' ? regenerateSecret.secret : '',
    'leaked client secret': leaked.secret,
    'new client secret': resetAfterLeak.__typename === 'SecretCreated' ? resetAfterLeak.secret : '',
    'access token': token,
    'revoked token': revoked,
    'shared bearer': issueToken.__typename === 'AccessToken' ? issueToken.accessToken : '',
    'admin bearer': bearer,
    session,
    'sign-in code': new URL(link).searchParams.get('code') ?? '',
    'key of the ring': keys.split(':')[1] ?? '',
  };
  for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThan(40);
  return { machine, secrets };
}

/** Where in the answers to misplaced secrets a secret stands. */
async function findInAnswers(secrets: Secrets, misplaced: (secret: string) => Misplaced[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const name of MISUSED) {
    for (const [what, sent] of misplaced(secrets[name])) {
      const { status, headers, text } = await sent();
      const found = findSecrets(secrets, [status, ...headers, text].join('\n'));
      leaks.push(...found.map((form) => `${form}, where the ${name} was sent as ${what}`));
    }
  }
  return leaks;
}

async function findInFiles(secrets: Secrets, directory: string): Promise<{ files: string[]; leaks: string[] }> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const leaks = await Promise.all(
    files.map(async (file) => findSecrets(secrets, await readFile(join(directory, file)))),
  );
  return { files, leaks: leaks.flat() };
}

/** Does the main job and everything that is wrong, and looks everywhere for what it was done with. */
async function observe() {
  await using directory = await createTemporaryDirectory();
  const log = captureLog();
  const keys = KeyRing.generate();
  const parts = { logger: log.logger, keyRing: KeyRing.parse(keys), config: { dataDirectory: directory.path } };
  const whileRunning = async () => {
    await using gateway = await startTestGateway(parts);
    const { machine, secrets } = await runMainJob(gateway, keys);
    const rest = await findInAnswers(secrets, (secret) => misplacedOverRest(gateway, machine, secret));
    const graphql = await findInAnswers(secrets, (secret) =>
      misplacedOverGraphql(gateway, secrets['access key'], secret),
    );
    await expectAlive(gateway.url);
    return { secrets, rest, graphql, filesThen: await findInFiles(secrets, directory.path) };
  };
  const seen = await whileRunning();
  return { ...seen, log, filesAfter: await findInFiles(seen.secrets, directory.path) };
}

const seen = await observe();

describe('a secret stands, in whatever form,', () => {
  test('in no error of REST', () => {
    expect(seen.rest).toEqual([]);
  });

  test('in no error of GraphQL', () => {
    expect(seen.graphql).toEqual([]);
  });

  test('in no file of the data directory, while the gateway runs and after', () => {
    expect(seen.filesThen.files).toEqual(expect.arrayContaining(['latchkey.sqlite', 'latchkey.sqlite-wal']));
    expect(seen.filesAfter.files).toContain('latchkey.sqlite');
    expect([...seen.filesThen.leaks, ...seen.filesAfter.leaks]).toEqual([]);
  });

  test('in no line of the log at its most talkative', () => {
    expect(seen.log.lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(200);
    expect(findSecrets(seen.secrets, seen.log.text)).toEqual([]);
  });
});

test('what callers do wrong is no fault of ours in the log', () => {
  expect(seen.log.errors).toEqual([]);
});

test.each([
  ['as it is', (secret: string) => `a ${secret} b`],
  ['in a Basic header', (secret: string) => basic('lkid_1', secret)],
  ['in base64 after one byte', (secret: string) => Buffer.from(`a${secret}b`).toString('base64')],
  ['in base64url after two bytes', (secret: string) => Buffer.from(`ab${secret}`).toString('base64url')],
  ['in hexadecimal', (secret: string) => Buffer.from(`x${secret}`).toString('hex')],
  ['percent-encoded', (secret: string) => secret.replaceAll('_', '%5F')],
  ['in JSON escapes', (secret: string) => secret.replaceAll(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)],
])('the search finds a secret %s', (_what, hide) => {
  const secret = 'lkcs_8sJ2kQxYw0bT5nVzR7mPcE1dGhUaLf9oI3yKt6XqZvNuMrB4wSx';
  expect(findSecrets({ planted: secret }, hide(secret))).not.toEqual([]);
  expect(findSecrets({ planted: secret }, Buffer.from(hide(secret)))).not.toEqual([]);
  expect(findSecrets({ planted: secret }, hide('another text of no interest to anybody'))).toEqual([]);
});
