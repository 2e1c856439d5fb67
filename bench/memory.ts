import { inParallel } from './in-parallel.ts';
import type { ClientCredentials, Latchkey } from './latchkey.ts';
import { residentBytes } from './processes.ts';
import { compatibleIntrospection, latchkeyTokenRequest, send, takeToken } from './requests.ts';
import { readUsedMemoryBytes } from './state-servers.ts';
import { type Aim, megabytes } from './table.ts';

const TOKENS = 100_000;
const REDIS_GROWTH_BYTES_MAX = 60e6;
const RESIDENT_BYTES_MAX = 250e6;

export interface MemoryReport {
  readonly facts: readonly string[];
  readonly aims: readonly Aim[];
  /** The first client's tokens, which live. */
  readonly tokens: readonly string[];
}

/**
 * What many live tokens cost: in Redis, and in the memory of a replica that was asked about each of them once. One replica
 * issues them and another is asked, so that it has heard of none.
 */
export async function measureMemory(parts: {
  clients: readonly ClientCredentials[];
  issuing: Latchkey;
  asked: Latchkey;
  redisUrl: string;
}): Promise<MemoryReport> {
  const { clients, issuing, asked, redisUrl } = parts;
  const clientOf = (index: number) => clients[index % clients.length] as ClientCredentials;
  const redisBefore = await readUsedMemoryBytes(redisUrl);
  const residentBefore = residentBytes(asked);
  process.stderr.write(`issuing ${TOKENS} tokens\n`);
  const tokens = new Array<string>(TOKENS).fill('');
  await inParallel(TOKENS, async (index) => {
    tokens[index] = await takeToken(issuing, latchkeyTokenRequest(clientOf(index)));
  });
  const redisIssued = (await readUsedMemoryBytes(redisUrl)) - redisBefore;
  process.stderr.write(`introspecting ${TOKENS} tokens\n`);
  await inParallel(TOKENS, async (index) => {
    const { status, text } = await send(asked, compatibleIntrospection(clientOf(index), tokens[index] as string));
    if (status !== 200 || !text.includes('"active":true')) throw new Error(`not an active token: ${status} ${text}`);
  });
  const resident = residentBytes(asked);
  const redisUsed = (await readUsedMemoryBytes(redisUrl)) - redisBefore;
  return {
    facts: [
      `${TOKENS.toLocaleString('en-GB')} live tokens of ${clients.length} clients take ${megabytes(redisIssued)} in Redis, ${megabytes(redisUsed)} with the instants of last use after each was introspected`,
      `the replica that was asked about each of them once: ${megabytes(residentBefore)} resident at its start, ${megabytes(resident)} after that, ${megabytes(residentBytes(asked, 'highest'))} at most`,
    ],
    aims: [
      aimBelow('Redis with 100,000 live tokens: growth', redisIssued, REDIS_GROWTH_BYTES_MAX),
      aimBelow('a replica that introspected all of them: resident memory', resident, RESIDENT_BYTES_MAX),
    ],
    tokens: tokens.filter((_, index) => clientOf(index) === clients[0]),
  };
}

function aimBelow(name: string, bytes: number, bytesMax: number): Aim {
  return { name, wanted: `under ${megabytes(bytesMax)}`, measured: megabytes(bytes), met: bytes < bytesMax };
}
