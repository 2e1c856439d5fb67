import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { POSTGRES_USER } from './postgres-data.js';
import type { PostgresServer } from './postgres-server.js';
import { findBinary } from './programs.js';
import { runPostgres } from './run-postgres.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** A certificate that nobody but itself has signed, which PostgreSQL shows from now on. */
export interface OwnCertificate extends AsyncDisposable {
  readonly path: string;
}

export async function giveOwnCertificate(postgres: PostgresServer): Promise<OwnCertificate> {
  const directory = await createTemporaryDirectory();
  const [certificate, key] = [join(directory.path, 'server.crt'), join(directory.path, 'server.key')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await promisify(execFile)(findBinary('openssl') ?? 'openssl', [...words, ...subject, ...files]);
  const owned = ['-R', POSTGRES_USER, directory.path];
  if (process.getuid?.() === 0) await promisify(execFile)('chown', owned);
  await runPostgres(postgres.url, `alter system set ssl_cert_file = '${certificate}'`);
  await runPostgres(postgres.url, `alter system set ssl_key_file = '${key}'`);
  await runPostgres(postgres.url, 'alter system set ssl = on');
  await postgres.stop('fast');
  await postgres.start();
  return { path: certificate, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}
