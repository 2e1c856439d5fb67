import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { readConfig, readKeyRing } from './config.js';
import { EXIT_FAILURE, EXIT_USAGE, explainFailure } from './exit.js';
import { AdminBearers } from './identity/admin-bearer.js';
import { SIGN_IN_LINK_LIFETIME_MS, SignInLinks } from './identity/sign-in.js';
import { systemClock } from './lib/clock.js';
import { migrateEmbeddedDatabase } from './stores/sql/database.js';

/** The longest that an admin bearer may live: it cannot be revoked. */
const BEARER_MINUTES_MAX = 24 * 60;

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
  .option('--minutes <n>', `how long it lives, at most ${BEARER_MINUTES_MAX}`, parseMinutes, 15)
  .action((options: { role: keyof typeof ROLE_OF_OPTION; org: string; subject: string; minutes: number }) => {
    const config = readConfig();
    requireOrganization(config.organizations, options.org);
    const bearer = new AdminBearers(readKeyRing(config.dataDirectory), systemClock).issue({
      subject: options.subject,
      role: ROLE_OF_OPTION[options.role],
      organizationId: options.org,
      lifetimeMs: options.minutes * 60_000,
    });
    print(bearer.reveal());
  });

program
  .command('sign-in')
  .description(`Print a link that signs in as super admin, once, within ${SIGN_IN_LINK_LIFETIME_MS / 60_000} minutes.`)
  .option('--org <id>', 'the organisation to sign in to', 'default')
  .action((options: { org: string }) => {
    const config = readConfig();
    requireOrganization(config.organizations, options.org);
    const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`;
    print(new SignInLinks(readKeyRing(config.dataDirectory), systemClock).create(publicUrl, options.org).reveal());
  });

program
  .command('migrate')
  .description("Bring the stored state to this version's schema, as a start does. The gateway must not be running.")
  .action(async () => {
    const { dataDirectory } = readConfig();
    // A data directory has its key ring from the first, also where this is what makes it.
    readKeyRing(dataDirectory);
    const applied = await migrateEmbeddedDatabase(dataDirectory);
    print(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
  });

program
  .command('schema')
  .description('Print the GraphQL schema that routers compose, with its directives.')
  .action(async () => {
    // Loading GraphQL takes longer than the other commands do.
    const { buildSdl } = await import('./transports/graphql/schema.js');
    print((await buildSdl()).trimEnd());
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
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= BEARER_MINUTES_MAX) return minutes;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${BEARER_MINUTES_MAX}.`);
}

function parseSubject(text: string): string {
  if (/^[\x21-\x7e]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 100 printable ASCII characters without spaces.');
}

function requireOrganization(organizations: readonly { id: string }[], id: string): void {
  if (organizations.some((organization) => organization.id === id)) return;
  program.error(`error: there is no organisation "${id}"; there is: ${organizations.map((one) => one.id).join(', ')}`);
}
