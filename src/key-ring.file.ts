import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.error.js';
import type { Config } from './config.js';
import { KeyRing, KeyRingError } from './lib/key-ring.js';

/**
 * The key ring: LATCHKEY_KEYS, or the file that LATCHKEY_KEYS_FILE names, or `keys` in the data directory, which is
 * made, for this user's eyes only, where there is none. Replicas share theirs: none of them makes one of its own.
 * @throws ConfigError
 */
export function readKeyRing({ dataDirectory, keys, replicas }: Config): { keyRing: KeyRing; isNew: boolean } {
  if (keys.text !== undefined) return { keyRing: parseKeyRing('LATCHKEY_KEYS', keys.text.reveal()), isNew: false };
  if (replicas !== undefined && keys.file === undefined) {
    throw new ConfigError(
      `Replicas share one key ring: set LATCHKEY_KEYS or LATCHKEY_KEYS_FILE, the same for each of them. Make a key with: echo "k1:$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')"`,
    );
  }
  const path = keys.file ?? join(dataDirectory, 'keys');
  const source = keys.file === undefined ? path : `LATCHKEY_KEYS_FILE: ${path}`;
  const isNew = keys.file === undefined && !existsSync(path);
  if (isNew) makeKeysFile(dataDirectory, path);
  try {
    return { keyRing: parseKeyRing(source, readFileSync(path, 'utf8')), isNew };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${source} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function parseKeyRing(source: string, text: string): KeyRing {
  try {
    return KeyRing.parse(text);
  } catch (error) {
    if (error instanceof KeyRingError) throw new ConfigError(`${source}: ${error.message}`);
    throw error;
  }
}

/** Makes the key ring of a new data directory. One in use is never given another: no secret would be accepted. */
function makeKeysFile(dataDirectory: string, path: string): void {
  if (existsSync(join(dataDirectory, 'latchkey.sqlite'))) {
    throw new ConfigError(
      `${path} is missing, and without its keys nothing in ${dataDirectory} is of use. Put the file back from a backup, or set LATCHKEY_KEYS.`,
    );
  }
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    writeWhole(path, `${KeyRing.generate()}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process that starts at the same moment was faster: the database's lock decides between the two.
    if (code === 'EEXIST' && existsSync(path)) return;
    throw new ConfigError(
      `The data directory ${dataDirectory} cannot be written (${code}). Make it writable for this user, or set LATCHKEY_DATA_DIR to one that is.`,
    );
  }
}

/** A file that is whole before it has its name: a start that ends half-way leaves no key ring that is none. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
