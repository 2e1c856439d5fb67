import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { findBinary } from './programs.js';
import { spawnServer, untilReady } from './server-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';

export interface HaproxyOptions {
  /** What a backend answers with 200 while it wants requests. */
  readonly healthPath?: string;
  readonly checkEveryMs?: number;
  /** How long a backend may take to answer. */
  readonly answerWithinMs?: number;
}

/** Answered by HAProxy itself, so that no backend sees that we ask. */
const OWN_PATH = '/haproxy-is-up';
const BACKENDS_PATH = '/haproxy-backends';

/** HAProxy as a process of its own on 127.0.0.1, gone when the scope that holds it ends. */
export interface Haproxy extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** How many backends are sent requests now. */
  backendsUp(): Promise<number>;
}

/**
 * Starts HAProxy in front of ports of 127.0.0.1, in turn for each request, and resolves when it answers. It hides
 * nothing: a request that a backend fails is neither repeated nor given to another one. At the start it holds every
 * backend for up until the first check.
 */
export async function startHaproxy(backends: readonly number[], options: HaproxyOptions = {}): Promise<Haproxy> {
  await using started = new AsyncDisposableStack();
  const { path: directory } = started.use(await createTemporaryDirectory());
  const port = await freePort();
  const configPath = join(directory, 'haproxy.cfg');
  await writeFile(configPath, configOf(port, backends, options));
  const server = spawnServer([findBinary('haproxy') ?? 'haproxy', '-db', '-f', configPath], { directory });
  started.defer(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(server, 'HAProxy', async () => (await fetch(url + OWN_PATH)).ok);
  const disposal = started.move();
  const backendsUp = async () => Number(await (await fetch(url + BACKENDS_PATH)).text());
  return { url, port, backendsUp, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

function configOf(
  port: number,
  backends: readonly number[],
  { healthPath = '/readyz', checkEveryMs = 100, answerWithinMs = 10_000 }: HaproxyOptions,
): string {
  const servers = backends.map((backend, index) => `  server backend${index} 127.0.0.1:${backend} check`);
  return `
global
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server ${answerWithinMs}ms
  timeout check 60s
  retries 0
  no option redispatch
frontend front
  bind 127.0.0.1:${port}
  monitor-uri ${OWN_PATH}
  http-request return status 200 content-type text/plain lf-string "%[nbsrv(gateways)]" if { path ${BACKENDS_PATH} }
  default_backend gateways
backend gateways
  balance roundrobin
  option httpchk GET ${healthPath}
  default-server inter ${checkEveryMs}ms fall 1 rise 1
${servers.join('\n')}
`.trimStart();
}
