import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, makeCertificate } from './certificate.js';
import { freePort } from './free-port.js';
import { type RedisServer, runRedis, startRedis } from './redis-server.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** A primary and the sentinel that watches it, both with one password, whose port for clients speaks TLS alone. */
export interface TlsSentinel extends AsyncDisposable {
  /** `host:port` of the sentinel. */
  readonly host: string;
  readonly name: string;
  /** The file with the certificate that both show, of their own making: nobody trusts it unless told to. */
  readonly certificate: string;
}

const NAME = 'latchkey';

export interface TlsSentinelOptions {
  readonly password: string;
  /** Whether the sentinel asks for the password too. */
  readonly isSentinelProtected: boolean;
}

export async function startTlsSentinel(options: TlsSentinelOptions): Promise<TlsSentinel> {
  await using started = new AsyncDisposableStack();
  const directory = started.use(await createTemporaryDirectory());
  const made = await makeCertificate(directory.path);
  const [primaryPort, sentinelPort] = [await freePort(), await freePort()];
  const tls = (port: number) => Object.entries(tlsSettings(made, port));
  const words = tls(primaryPort).flatMap(([name, value]) => [`--${name}`, value]);
  const primary = await startRedis({ config: [...words, '--requirepass', options.password] });
  started.use(primary);
  const lines = [
    ...tls(sentinelPort).map((setting) => setting.join(' ')),
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} 1`,
    `sentinel auth-pass ${NAME} ${options.password}`,
    ...(options.isSentinelProtected ? [`requirepass ${options.password}`] : []),
  ];
  started.use(await startSentinel(primary, lines));
  const disposal = started.move();
  return {
    host: `127.0.0.1:${sentinelPort}`,
    name: NAME,
    certificate: made.certificate,
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function startSentinel({ binary }: RedisServer, lines: readonly string[]): Promise<RedisServer> {
  return runRedis({
    port: await freePort(),
    binary,
    prepare: async (directory) => {
      const path = join(directory, 'sentinel.conf');
      await writeFile(path, `${['bind 127.0.0.1', ...lines].join('\n')}\n`);
      return [path, '--sentinel'];
    },
  });
}

/** With them the port is the server's for TLS, beside the one at which it is asked whether it runs. */
function tlsSettings({ key, certificate }: Certificate, port: number): Record<string, string> {
  return {
    'tls-port': String(port),
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-ca-cert-file': certificate,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  };
}
