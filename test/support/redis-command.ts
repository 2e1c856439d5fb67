import { connect } from 'node:net';

/** Longer than any command of a test takes; a server that was stopped by SIGSTOP answers never. */
const ANSWER_WITHIN_MS = 60_000;

/**
 * What the server at a port of 127.0.0.1 answers to one command, as it came over the wire: a first line such as
 * `+PONG` or `:1`, or more of them. It does without a client, so that tests of the client do not stand on it. Since the
 * command ends what we send, the server closes after its answer, and nothing has to know where an answer ends; Sentinels
 * know no `QUIT`.
 */
export function sendRedisCommand(port: number, ...words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(encode(words)));
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error(`no answer to ${words[0]} at ${port}`)));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (answer.endsWith('\r\n')) resolve(answer.trimEnd());
      else reject(new Error(`no whole answer to ${words[0]} at ${port}: ${answer}`));
    });
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
