import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { POSTGRES_BIN_VARIABLE, systemPostgresPrograms } from './postgres-programs.js';
import { findBinary } from './programs.js';

/** What the tests run besides Node, by the Debian package that has it. */
const REQUIRED = [
  { package: 'redis-server', isThere: () => ['redis-server', 'redis-cli'].every((name) => findBinary(name)) },
  {
    package: 'postgresql',
    isThere: () => process.env[POSTGRES_BIN_VARIABLE] !== undefined || systemPostgresPrograms() !== undefined,
  },
  { package: 'openssl', isThere: () => findBinary('openssl') !== undefined },
  { package: 'haproxy', isThere: () => findBinary('haproxy') !== undefined },
  { package: 'nginx', isThere: () => findBinary('nginx') !== undefined },
  { package: 'chromium', isThere: () => findBinary('chromium') !== undefined },
  { package: 'wget', isThere: () => findBinary('wget') !== undefined },
];

/** What some tests run in addition; where it can be neither found nor installed, they say that they were left out. */
const OPTIONAL = [
  { package: 'pgbouncer', isThere: () => findBinary('pgbouncer') !== undefined },
  // For `npm run compose:local`, which runs what operators have.
  {
    package: 'postgresql',
    isThere: () => systemPostgresPrograms() !== undefined && findBinary('pg_isready') !== undefined,
  },
  // For the trial of a clock that is off.
  { package: 'faketime', isThere: () => findBinary('faketime') !== undefined },
  { package: 'caddy', isThere: () => findBinary('caddy') !== undefined },
];

const POLICY = '/usr/sbin/policy-rc.d';
const NO_MAIN_CLUSTER = '/etc/postgresql-common/createcluster.d/latchkey-tests.conf';
const INSTALLER = 'apt-get';
/** How long to wait while another installation holds apt's lock. */
const LOCK_TIMEOUT_S = 300;

/** For vitest's `globalSetup`: the servers that tests start are there, or are installed, or it says what to install. */
export function setup(): void {
  const missing = missingOf(REQUIRED);
  const wanted = [...missing, ...(mayInstall() ? missingOf(OPTIONAL) : [])];
  if (wanted.length === 0) return;
  const command = `${INSTALLER} install ${wanted.join(' ')}`;
  if (!mayInstall()) throw new Error(`The tests run servers that are not installed. On Debian or Ubuntu: ${command}`);
  process.stderr.write(`The tests run servers that are not installed: ${command}\n`);
  install(wanted);
  const absent = missingOf(REQUIRED);
  if (absent.length > 0) throw new Error(`${absent.join(' and ')} did not bring what the tests run`);
}

function missingOf(servers: typeof REQUIRED): string[] {
  return servers.filter(({ isThere }) => !isThere()).map((each) => each.package);
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && findBinary(INSTALLER) !== undefined;
}

/** Leaves programs only: no service that runs, and no database cluster that would at the next boot. */
function install(packages: readonly string[]): void {
  using undo = new DisposableStack();
  if (packages.includes('postgresql')) {
    mkdirSync(dirname(NO_MAIN_CLUSTER), { recursive: true });
    writeFileSync(NO_MAIN_CLUSTER, 'create_main_cluster = false\n');
    undo.defer(() => rmSync(NO_MAIN_CLUSTER));
  }
  if (writeIfAbsent(POLICY, '#!/bin/sh\n# No service is started while tests install their servers.\nexit 101\n')) {
    undo.defer(() => rmSync(POLICY));
    chmodSync(POLICY, 0o755);
  }
  apt('update');
  apt('install', '--yes', '--no-install-recommends', ...packages);
}

function writeIfAbsent(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function apt(...words: readonly string[]): void {
  // Progress is for standard error: a reporter may own standard output.
  execFileSync(INSTALLER, ['-qq', '-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
  });
}
