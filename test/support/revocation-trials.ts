import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import type { FaultProxy } from './fault-proxy.js';
import type { GatewayProcess } from './gateway-process.js';
import { createMachine, type MachineCredentials, requestToken } from './machine.js';
import type { Replicas } from './replica-processes.js';
import { authorizationOf, introspect, postForm, STANDARD } from './rest.js';
import type { Random } from './seeded-random.js';

/** What goes wrong between one of the replicas that are asked and Redis, or in it, while a revocation is under way. */
export type Fault = 'none' | 'black-holed link' | 'reset link' | 'stopped process';

/** What the trials have measured. */
export interface TrialFigures {
  trials: number;
  /** The latest beginning of a look-up that was answered "active", after the revocation was acknowledged. */
  acceptedAfterAckMsMax: number;
  /** How long after it the last of the replicas first said "inactive". */
  refusedAfterAckMs: number[];
  /** Look-ups that were refused because a replica could not tell. */
  unavailable: number;
  lookUps: number;
}

export interface TrialParts {
  readonly replicas: Replicas;
  /** Revokes, by a link that nothing is wrong with. */
  readonly revoker: GatewayProcess;
  /** Are asked: the first, whose link is through `proxy`, meets the fault; nothing is wrong with the others. */
  readonly asked: readonly [GatewayProcess, ...GatewayProcess[]];
  readonly proxy: FaultProxy;
  readonly random: Random;
}

/** Look-ups at a time, at each replica. */
const LOOPS = 4;
const FAULT_MS_MAX = 700;
const FAULT_BEFORE_MS_MAX = 300;

/**
 * One revocation, of a kind chosen at random, while look-ups of the token go on at the other replicas and a fault comes
 * and goes at random moments around it. A look-up counts by when it began, the revocation by when its answer was here.
 */
export async function runTrial(parts: TrialParts, fault: Fault, figures: TrialFigures): Promise<void> {
  const { replicas, revoker, asked, random } = parts;
  const machine = await createMachine(replicas.admin(revoker));
  const token = await requestToken(revoker.url, machine);
  const { revoke, revokesSecret } = pickRevocation(parts, machine, token);
  const stable = await stableClient(parts);
  const lookUps = asked.map(({ url }) => new LookUps(url, revokesSecret ? machine : stable, token));
  const allAnswered = (answer: Looked) => Promise.all(lookUps.map((each) => each.untilAnswered(answer)));
  await allAnswered('active');
  const faulty = causeFault(parts, fault, random.below(FAULT_BEFORE_MS_MAX), random.below(FAULT_MS_MAX));
  await delay(random.below(FAULT_BEFORE_MS_MAX));
  await revoke();
  const ackedAt = performance.now();
  await faulty;
  const refusedAt = Math.max(...(await allAnswered('inactive')));
  await Promise.all(lookUps.map((each) => each.stop()));
  figures.trials++;
  for (const { count, unavailable, lastAcceptedBeginning } of lookUps) {
    figures.lookUps += count;
    figures.unavailable += unavailable;
    figures.acceptedAfterAckMsMax = Math.max(figures.acceptedAfterAckMsMax, lastAcceptedBeginning - ackedAt);
  }
  figures.refusedAfterAckMs.push(refusedAt - ackedAt);
  await replicas.admin(revoker).send('mutation ($id: ID!) { deleteConnection(id: $id) { __typename } }', {
    id: machine.connectionId,
  });
}

const clients = new WeakMap<Replicas, Promise<MachineCredentials>>();

/**
 * Whoever looks up a token must not be the client whose secret is replaced or connection disabled; where the secret
 * itself is what is revoked, it is that client.
 */
function stableClient({ replicas, revoker }: TrialParts): Promise<MachineCredentials> {
  const client = clients.get(replicas) ?? createMachine(replicas.admin(revoker), 'OAUTH', 'who looks up');
  clients.set(replicas, client);
  return client;
}

function pickRevocation({ replicas, revoker, random }: TrialParts, machine: MachineCredentials, token: string) {
  const admin = replicas.admin(revoker);
  const { connectionId: id } = machine;
  const ofToken = (revoke: () => Promise<unknown>) => ({ revoke, revokesSecret: false });
  return random.pick([
    ofToken(() => postForm(`${revoker.url}${STANDARD.revoke}`, { token }, authorizationOf(machine))),
    ofToken(() => admin.run(ResetAfterLeakDocument, { id })),
    ofToken(() => admin.run(RevokeTokensDocument, { connectionId: id })),
    ofToken(() => admin.run(DisableConnectionDocument, { id })),
    ofToken(() => admin.run(DeleteConnectionDocument, { id })),
    ofToken(async () => {
      await admin.run(DisableConnectionDocument, { id });
      await admin.run(EnableConnectionDocument, { id });
    }),
    { revoke: () => admin.run(RegenerateSecretDocument, { id, graceSeconds: 0 }), revokesSecret: true },
  ]);
}

async function causeFault(
  { proxy, asked: [faulty] }: TrialParts,
  fault: Fault,
  beginMs: number,
  lastMs: number,
): Promise<void> {
  await delay(beginMs);
  if (fault === 'stopped process') faulty.kill('SIGSTOP');
  if (fault === 'black-holed link') proxy.blackhole();
  if (fault === 'reset link') proxy.reset();
  await delay(lastMs);
  if (fault === 'stopped process') faulty.kill('SIGCONT');
  proxy.pass();
}

type Looked = 'active' | 'inactive';

/** Look-ups of one token at one replica by one client, several at a time, one after the other. A refused client gets no "active". */
class LookUps {
  lastAcceptedBeginning = Number.NEGATIVE_INFINITY;
  unavailable = 0;
  count = 0;
  readonly #url: string;
  readonly #machine: MachineCredentials;
  readonly #token: string;
  readonly #loops: Promise<void>[];
  readonly #waiting = new Map<Looked, PromiseWithResolvers<number>>();
  #isStopped = false;

  constructor(url: string, machine: MachineCredentials, token: string) {
    this.#url = url;
    this.#machine = machine;
    this.#token = token;
    for (const answer of ['active', 'inactive'] as const) this.#waiting.set(answer, Promise.withResolvers());
    this.#loops = Array.from({ length: LOOPS }, () => this.#loop());
  }

  /** When the first look-up that was answered so began. */
  untilAnswered(answer: Looked): Promise<number> {
    return (this.#waiting.get(answer) as PromiseWithResolvers<number>).promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    while (!this.#isStopped) {
      const begunAt = performance.now();
      const { status, text } = await introspect(this.#url, this.#machine, { access_token: this.#token });
      this.count++;
      if (status === 503) {
        this.unavailable++;
        continue;
      }
      // After many refusals of one client there are 429s.
      if (status !== 200 && status !== 401 && status !== 429) throw new Error(`${status} ${text}`);
      const isActive = text.includes('"active":true');
      if (isActive) this.lastAcceptedBeginning = Math.max(this.lastAcceptedBeginning, begunAt);
      this.#waiting.get(isActive ? 'active' : 'inactive')?.resolve(begunAt);
    }
  }
}
