import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { COMPATIBLE } from '../support/rest.js';
import type { Call } from './caller.js';

const run = promisify(execFile);
const pathOf = (file: string) => join(import.meta.dirname, file);

/** curl's own exit code for an answer that `-f` takes for a failure. */
const CURL_HTTP_FAILURE = 22;

export const callWithCurl: Call = async ({ url, authorization }) => {
  const env = { ...process.env, LATCHKEY: url, AUTHORIZATION: `authorization: ${authorization}` };
  try {
    const { stdout } = await run('sh', [pathOf('curl-client.sh')], { env });
    return 'access_token' in JSON.parse(stdout) ? 200 : Number.NaN;
  } catch (error) {
    if ((error as { code?: unknown }).code === CURL_HTTP_FAILURE) return 429;
    throw error;
  }
};

export function callWithPython(file: string): Call {
  return async ({ url, authorization }) => {
    const { stdout } = await run('python3', [pathOf(file), `${url}${COMPATIBLE.token}`, authorization]);
    return Number(stdout);
  };
}

/** Whether a command is there and ends well. */
export function isRunnable(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
