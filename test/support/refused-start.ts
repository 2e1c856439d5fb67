import { spawnGateway } from './gateway-process.js';

/**
 * The last words of a start that must be refused: exit code 1 and nothing on standard output. A gateway that starts
 * all the same is stopped again, and reported.
 */
export async function refusalOf(options: Parameters<typeof spawnGateway>[0]): Promise<string> {
  const [started] = await Promise.allSettled([spawnGateway(options)]);
  if (started.status === 'fulfilled') {
    await started.value[Symbol.asyncDispose]();
    throw new Error(`the gateway started: ${started.value.readyLine}`);
  }
  const { message } = started.reason as Error;
  const [, words] = /^the gateway ended with 1: ([\s\S]*)\n$/.exec(message) ?? [];
  if (words === undefined) throw new Error(`not a refusal with exit code 1 and a whole line: ${message}`);
  return words;
}
