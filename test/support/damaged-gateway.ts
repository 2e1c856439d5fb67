import { KeyRing } from '../../src/lib/key-ring.js';
import type { Logger } from '../../src/lib/logger.js';
import { type CallerSet, createCallers } from './callers.js';
import { runSql } from './embedded-database.js';
import { startTestGateway, type TestGateway } from './gateway.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** A gateway whose database was damaged behind its back, and the callers that it had before. */
export interface DamagedGateway extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly callers: CallerSet;
}

/** Lets a gateway make its callers, stops it, runs `damage` on what it left, and starts another one on that. */
export async function startDamagedGateway(logger: Logger, ...damage: readonly string[]): Promise<DamagedGateway> {
  const directory = await createTemporaryDirectory();
  const keyRing = KeyRing.parse(KeyRing.generate());
  const config = { dataDirectory: directory.path };
  const before = await startTestGateway({ config, keyRing });
  const callers = await createCallers(before);
  await before[Symbol.asyncDispose]();
  await runSql(directory.path, ...damage);
  const gateway = await startTestGateway({ config, keyRing, logger });
  return {
    gateway,
    callers,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
