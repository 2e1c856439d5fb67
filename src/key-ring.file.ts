import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.error.js';
import type { Config } from './config.js';
import { isInUse } from './lib/data-directory.js';
import { KeyRing, KeyRingError } from './lib/key-ring.js';
import { createWhole } from './lib/whole-file.js';

/**
 * The key ring: LATCHKEY_KEYS, or the file that LATCHKEY_KEYS_FILE names, or `keys` in the data directory. Replicas
 * share one ring, so none of them makes a ring of its own.
 * @throws ConfigError
 */
export function readKeyRing(config: Config): KeyRing {
  const { dataDirectory, keys } = config;
  if (keys.text !== undefined) return parseKeyRing('LATCHKEY_KEYS', keys.text.reveal());
  const path = pathOf(config);
  const source = keys.file === undefined ? path : `LATCHKEY_KEYS_FILE: ${path}`;
  try {
    return parseKeyRing(source, readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && keys.file === undefined) throw missing(dataDirectory, path);
    throw new ConfigError(`${source} cannot be read (${code}).`);
  }
}

/**
 * Reads the key ring of a starting gateway, and first makes one in a new data directory, readable for this user only.
 * Callers of `readKeyRing` make none: in a mistyped directory a new ring would sign what no gateway accepts.
 * @throws ConfigError
 */
export function readOrMakeKeyRing(config: Config): KeyRing {
  const { dataDirectory, keys } = config;
  if (keys.text === undefined && keys.file === undefined) {
    const path = pathOf(config);
    if (!existsSync(path)) makeKeysFile(dataDirectory, path);
  }
  return readKeyRing(config);
}

function pathOf({ dataDirectory, keys, servers }: Config): string {
  if (servers !== undefined && keys.file === undefined) {
    throw new ConfigError(
      `With DATABASE_URL the key ring is not in the data directory: set LATCHKEY_KEYS or LATCHKEY_KEYS_FILE, the same for each of them. Make a key with: echo "k1:$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')"`,
    );
  }
  return keys.file ?? keysPath(dataDirectory);
}

/** The path of a data directory's own key ring. */
export function keysPath(dataDirectory: string): string {
  return join(dataDirectory, 'keys');
}

function parseKeyRing(source: string, text: string): KeyRing {
  try {
    return KeyRing.parse(text);
  } catch (error) {
    if (error instanceof KeyRingError) throw new ConfigError(`${source}: ${error.message}`);
    throw error;
  }
}

/** Makes the key ring of a new data directory. A directory in use gets no new ring, which would accept no secret. */
function makeKeysFile(dataDirectory: string, path: string): void {
  if (isInUse(dataDirectory)) throw missing(dataDirectory, path);
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    createWhole(path, `${KeyRing.generate()}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process, starting at the same moment, was faster: the database's lock decides between the two.
    if (code === 'EEXIST' && existsSync(path)) return;
    throw new ConfigError(
      `The data directory ${dataDirectory} cannot be written (${code}). Make it writable for this user, or set LATCHKEY_DATA_DIR to one that is.`,
    );
  }
}

function missing(dataDirectory: string, path: string): ConfigError {
  return new ConfigError(
    isInUse(dataDirectory)
      ? `${path} is missing, and without its keys nothing in ${dataDirectory} is of use. Put the file back from a backup, or set LATCHKEY_KEYS.`
      : `There is no key ring in ${dataDirectory}: no gateway has been started with it. Set LATCHKEY_DATA_DIR as the gateway has it, or start the gateway first.`,
  );
}
