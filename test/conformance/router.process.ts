import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnServer, untilReady } from '../support/server-process.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** The package of what only `npm run conformance` installs. What stands in it resolves its own packages, not ours. */
export const ROUTERS = join(import.meta.dirname, 'routers');

export interface Router extends AsyncDisposable {
  readonly url: string;
}

/** Serves the supergraph by one of the scripts of routers/, which say where they listen once they do. */
export async function startRouter(script: string, supergraph: string, ...args: readonly string[]): Promise<Router> {
  await using starting = new AsyncDisposableStack();
  const directory = starting.use(await createTemporaryDirectory()).path;
  const path = join(directory, 'supergraph.graphql');
  await writeFile(path, supergraph);
  const server = spawnServer([process.execPath, join(ROUTERS, script), path, ...args], { directory });
  starting.defer(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  const said = () => /^http:\S+$/m.exec(server.output())?.[0];
  await untilReady(server, script, () => said() !== undefined);
  const disposal = starting.move();
  return { url: said() ?? '', [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}
