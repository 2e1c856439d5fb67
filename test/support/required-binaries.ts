import { execFileSync } from 'node:child_process';
import { accessSync, chmodSync, constants, globSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** What the tests run besides Node, by the Debian package that has it. */
const REQUIRED = [
  { package: 'redis-server', isThere: () => ['redis-server', 'redis-cli'].every((name) => findBinary(name)) },
  { package: 'postgresql', isThere: () => postgresDirectory() !== undefined },
  { package: 'openssl', isThere: () => findBinary('openssl') !== undefined },
  { package: 'haproxy', isThere: () => findBinary('haproxy') !== undefined },
  { package: 'nginx', isThere: () => findBinary('nginx') !== undefined },
];

/** Where Debian keeps servers, which is not in the PATH of every user. */
const SERVERS_DIRECTORY = '/usr/sbin';
/** Debian keeps one directory for each version of PostgreSQL, and none of them in PATH. */
const POSTGRES_DIRECTORIES = '/usr/lib/postgresql/*/bin';
const POSTGRES_PROGRAMS = ['initdb', 'postgres', 'psql'];
const POLICY = '/usr/sbin/policy-rc.d';
const NO_MAIN_CLUSTER = '/etc/postgresql-common/createcluster.d/latchkey-tests.conf';
const INSTALLER = 'apt-get';
/** How long to wait while another installation holds apt's lock. */
const LOCK_TIMEOUT_S = 300;

/** For vitest's `globalSetup`: the servers that tests start are there, or are installed, or it says what to install. */
export function setup(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = `${INSTALLER} install ${missing.join(' ')}`;
  if (!mayInstall()) throw new Error(`The tests run servers that are not installed. On Debian or Ubuntu: ${command}`);
  process.stderr.write(`The tests run servers that are not installed: ${command}\n`);
  install(missing);
  const absent = missingPackages();
  if (absent.length > 0) throw new Error(`${absent.join(' and ')} did not bring what the tests run`);
}

/** The path of one of PostgreSQL's programs; not that of Debian's wrapper in /usr/bin, which takes 100 ms longer. */
export function postgresBinary(name: string): string {
  const directory = postgresDirectory();
  if (directory === undefined) throw new Error('PostgreSQL is not installed');
  return join(directory, name);
}

/** The path of a program that is in PATH or among the servers of the system. */
export function findBinary(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), SERVERS_DIRECTORY];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function missingPackages(): string[] {
  return REQUIRED.filter(({ isThere }) => !isThere()).map((each) => each.package);
}

/** The directory of a whole PostgreSQL: that of the one in PATH, also where only links are there, or Debian's newest. */
function postgresDirectory(): string | undefined {
  const inPath = findBinary('initdb');
  const byVersion = (one: string, other: string) => other.localeCompare(one, 'en', { numeric: true });
  const candidates = [
    ...(inPath ? [dirname(realpathSync(inPath))] : []),
    ...globSync(POSTGRES_DIRECTORIES).sort(byVersion),
  ];
  const isWhole = (directory: string) => POSTGRES_PROGRAMS.every((name) => isExecutable(join(directory, name)));
  return candidates.find(isWhole);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
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
