import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { findBinary } from './programs.js';
import { spawnServer, untilReady } from './server-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** nginx as a process of its own on 127.0.0.1, gone when the scope that holds it ends. */
export interface Nginx extends AsyncDisposable {
  readonly url: string;
}

/** Starts nginx with what stands in its `http` block, made for the port that it is to listen on; resolves when it answers. */
export async function startNginx(httpOf: (port: number) => string): Promise<Nginx> {
  await using started = new AsyncDisposableStack();
  const { path: directory } = started.use(await createTemporaryDirectory());
  const port = await freePort();
  const configPath = join(directory, 'nginx.conf');
  await writeFile(configPath, configOf(directory, httpOf(port)));
  const words = [findBinary('nginx') ?? 'nginx', '-p', directory, '-e', 'stderr', '-c', configPath];
  const server = spawnServer(words, { directory });
  started.defer(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  const url = `http://127.0.0.1:${port}`;
  // Whatever the answer is: it is nginx's.
  await untilReady(server, 'nginx', async () => (await fetch(url)).headers.get('server')?.startsWith('nginx') ?? false);
  const disposal = started.move();
  return { url, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

/** One process, so that its end is the end of all of it. */
function configOf(directory: string, http: string): string {
  const buffers = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(directory, name)};`,
  );
  return `
daemon off;
master_process off;
pid ${join(directory, 'nginx.pid')};
error_log stderr;
events {
  worker_connections 64;
}
http {
  access_log off;
${buffers.join('\n')}
${http}
}
`.trimStart();
}
