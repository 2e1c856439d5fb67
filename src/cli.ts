#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { baseUrl } from './base-url.js';
import { readConfig, readConfigWith } from './config.js';
import { AdminTokens } from './domain/sign-in/admin-tokens.js';
import { FIRST_SUPER_ADMIN, SIGN_IN_LINK_LIFETIME_MS, SignInLinks } from './domain/sign-in/sign-in.service.js';
import { EXIT_FAILURE, EXIT_USAGE, explainFailure } from './exit.js';
import { readKeyRing, readOrMakeKeyRing } from './key-ring.file.js';
import { describeKeys } from './key-ring.report.js';
import { systemClock } from './lib/clock.js';
import { createLogger } from './lib/logger.js';
import { StartupError } from './lib/startup-error.js';
import { migrateDatabase, openDatabase, openUnverifiedDatabase, requireDatabase } from './storage.js';

/** The longest life of an admin token, which nobody can revoke. */
const TOKEN_MINUTES_MAX = 24 * 60;

const ROLE_OF_OPTION = { 'super-admin': 'SUPER_ADMIN', admin: 'ADMIN' } as const;

const program = new Command('latchkey')
  .description('Operator commands of the Latchkey gateway. Results go to standard output, errors to standard error.')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

program
  .command('admin-token')
  .description('Print a bearer for /graphql, signed with the key ring.')
  .addOption(new Option('--role <role>', 'whose rights it has').choices(['super-admin', 'admin']).makeOptionMandatory())
  .option('--org <id>', 'the organisation that it is of', 'default')
  .option('--subject <name>', 'the user that the audit log names', parseSubject, 'operator')
  .option('--minutes <n>', `how long it lives, at most ${TOKEN_MINUTES_MAX}`, parseMinutes, 15)
  .action((options: { role: keyof typeof ROLE_OF_OPTION; org: string; subject: string; minutes: number }) => {
    const config = readConfig();
    requireOrganization(config.organizations, options.org);
    const adminToken = new AdminTokens(readKeyRing(config), systemClock).issue({
      subject: options.subject,
      role: ROLE_OF_OPTION[options.role],
      organizationId: options.org,
      lifetimeMs: options.minutes * 60_000,
    });
    print(adminToken.reveal());
  });

program
  .command('sign-in')
  .description(`Print a link that signs in to the console, once, within ${SIGN_IN_LINK_LIFETIME_MS / 60_000} minutes.`)
  .addOption(
    new Option('--role <role>', 'whose rights it gives').choices(['super-admin', 'admin']).default('super-admin'),
  )
  .option('--org <id>', 'the organisation to sign in to', 'default')
  .option(
    '--subject <name>',
    `the user that the audit log names (default: ${FIRST_SUPER_ADMIN}, or admin)`,
    parseSubject,
  )
  .action((options: { role: keyof typeof ROLE_OF_OPTION; org: string; subject?: string }) => {
    const config = readConfig();
    requireOrganization(config.organizations, options.org);
    const role = ROLE_OF_OPTION[options.role];
    const subject = options.subject ?? (role === 'ADMIN' ? 'admin' : FIRST_SUPER_ADMIN);
    const url = baseUrl(config, config.port);
    print(new SignInLinks(readKeyRing(config), systemClock).create(url, options.org, { subject, role }).reveal());
  });

program
  .command('migrate')
  .description(
    "Bring the stored state to this version's schema, as a start does. Without DATABASE_URL the gateway must not be running.",
  )
  .action(async () => {
    const config = readConfig();
    // A data directory gets its key ring first, also where this command makes the directory.
    readOrMakeKeyRing(config);
    const applied = await migrateDatabase(config, createLogger(config.logLevel));
    print(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
  });

program
  .command('rotate-keys')
  .description(
    "Encrypt the tenants' credentials anew, under the first key of the ring. With DATABASE_URL gateways may run meanwhile; without, each start does it. It may be stopped and run again.",
  )
  .action(async () => {
    const config = readConfig();
    const keyRing = readKeyRing(config);
    const { rotateKeys } = await import('./rotate-keys.js');
    const logger = createLogger(config.logLevel);
    requireDatabase(config);
    const database = await openDatabase({ config, keyRing, clock: systemClock, logger });
    const { rotated, unopened } = await rotateKeys(database, keyRing).finally(() => database.close());
    print(`Encrypted ${rotated} ${rotated === 1 ? 'credential' : 'credentials'} anew under ${keyRing.activeKid}.`);
    if (unopened.length > 0) {
      throw new StartupError(`These do not open, and stayed as they are; replace them: ${unopened.join(', ')}.`);
    }
  });

program
  .command('keys')
  .description(
    'Say which keys of the ring are in use, and how much depends on each. Access tokens, which live for a day, are not counted. Migrates first, as a start does. Without DATABASE_URL the gateway must not be running.',
  )
  .action(async () => {
    const config = readConfig();
    const keyRing = readKeyRing(config);
    requireDatabase(config);
    const logger = createLogger(config.logLevel);
    const database = await openUnverifiedDatabase({ config, keyRing, clock: systemClock, logger });
    const uses = await database.listKeyUses().finally(() => database.close());
    for (const line of describeKeys(keyRing, uses)) print(line);
  });

program
  .command('backup')
  .description(
    'Copy the state of a data directory into a new directory, the key ring included, while the gateway runs or not: all of it, checked and on the disk, or nothing. A start on the new directory is the restore. Run it as the user of the gateway.',
  )
  .argument('<directory>', 'the new directory')
  .action(async (directory: string) => {
    const { backUp } = await import('./backup.js');
    const backup = await backUp(readConfig(), directory);
    const keys = backup.hasKeys ? '' : ' The key ring is not in it: keep LATCHKEY_KEYS, or its file, with it.';
    print(`Backed up to ${backup.directory}.${keys}`);
  });

program
  .command('copy')
  .description(
    'Copy the state of a stopped gateway from its data directory into an empty PostgreSQL, all of it or nothing. The key ring must have the keys of the directory.',
  )
  .option('--from <directory>', 'the data directory; by default LATCHKEY_DATA_DIR')
  .option('--to <url>', 'the database; by default DATABASE_URL, which keeps its password off the command line')
  .action(async ({ from, to }: { from?: string; to?: string }) => {
    const config = readConfigWith(to === undefined ? {} : { DATABASE_URL: to });
    const directory = from ?? config.dataDirectory;
    if (config.servers === undefined) throw new StartupError('Say where to copy to: set DATABASE_URL, or give --to.');
    requireDatabase({ dataDirectory: directory, servers: undefined });
    const keyRing = readKeyRing({ ...config, dataDirectory: directory, servers: undefined });
    const { copyState } = await import('./stores/state.copy.js');
    const logger = createLogger(config.logLevel);
    const copied = await copyState({ from: directory, to: config.servers.databaseUrl, keyRing, logger });
    for (const { table, before, after } of copied) print(`${table}: ${before} rows, ${after} copied`);
  });

program
  .command('env')
  .description(
    'Make the secrets that docker-compose.yml needs, in a file that this user alone may read. A file that is there stays as it is.',
  )
  .argument('[path]', 'the file; "-" prints to standard output instead', '.env')
  .action(async (path: string) => {
    const { createSecretsFile, secretsText } = await import('./secrets.file.js');
    if (path === '-') return print(secretsText().trimEnd());
    createSecretsFile(path);
    print(`Wrote ${path}. Keep it: its keys open what is stored.`);
  });

program
  .command('schema')
  .description('Print the GraphQL schema that routers compose, with its directives.')
  .option('--client', "leave out the directives of routers, which clients' tools do not know")
  .action(async ({ client }: { client?: true }) => {
    // Loaded only here: loading GraphQL takes longer than any other command.
    const { buildClientSdl, buildSdl } = await import('./transports/graphql/schema.js');
    print((await (client ? buildClientSdl() : buildSdl())).trimEnd());
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(EXIT_FAILURE);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= TOKEN_MINUTES_MAX) return minutes;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${TOKEN_MINUTES_MAX}.`);
}

function parseSubject(text: string): string {
  if (/^[\x21-\x7e]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 100 printable ASCII characters without spaces.');
}

function requireOrganization(organizations: readonly { id: string }[], id: string): void {
  if (organizations.some((organization) => organization.id === id)) return;
  program.error(`error: there is no organisation "${id}"; there is: ${organizations.map((one) => one.id).join(', ')}`);
}
