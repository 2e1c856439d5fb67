import { startApp } from './app.js';
import { readConfig } from './config.js';
import { SignInLinks } from './domain/sign-in/sign-in.service.js';
import { EXIT_FAILURE, explainFailure } from './exit.js';
import { readOrMakeKeyRing } from './key-ring.file.js';
import { systemClock } from './lib/clock.js';
import { createLogger } from './lib/logger.js';

// The parent process may close these streams. That is no reason to end: the log has what matters.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  const config = readConfig();
  const keyRing = readOrMakeKeyRing(config);
  const logger = createLogger(config.logLevel);
  const app = await startApp({ config, keyRing, logger });
  // Registered before the ready line, which a supervisor may answer with a signal.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // A second signal, such as npm's beside the terminal's, must not cut the stop short.
    process.on(signal, () => {
      app.stop().then(() => process.exit(0), fail);
    });
  }
  process.stdout.write(`${readyLine()}\n`);

  function readyLine(): string {
    const ready = `Latchkey is ready: ${app.url}/graphql`;
    const [organization] = config.organizations;
    if (app.signedInBefore || organization === undefined) return ready;
    const link = new SignInLinks(keyRing, systemClock).create(app.url, organization.id);
    return `${ready} · sign in once as super admin: ${link.reveal()}`;
  }
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(EXIT_FAILURE);
}
