import { DeleteConnectionDocument } from '../../generated/graphql.js';
import { type EventStream, openEventStream } from '../../support/event-stream.js';
import type { GraphqlClient } from '../../support/graphql-client.js';
import { createMachine } from '../../support/machine.js';
import { until } from '../../support/until.js';
import type { Conversation } from './conversation.js';
import { describe } from './judgement.js';
import { canaryOf, ORGANIZATIONS, type OrganizationId } from './population.js';
import { toldBy } from './stream-shape.js';

/** How many streams stay open together: more than one caller may have. */
const KEPT_MAX = 24;

type Keepers = Readonly<Record<OrganizationId, GraphqlClient>>;

/** Streams that are listened to while inputs are sent. */
export class KeptStreams {
  #kept: Conversation[] = [];
  #made = 0;

  /** Listens to one more; whoever has listened longest hangs up where that is too many. */
  async keep(stream: Conversation): Promise<void> {
    this.#kept.push(stream);
    if (this.#kept.length > KEPT_MAX) await this.#kept.shift()?.hangUp();
  }

  /**
   * Waits until each has told of one more change, hangs up, and returns what is wrong with what they told; `ended`: the
   * sessions that somebody was told are signed out.
   */
  async finish(keepers: Keepers, ended: readonly string[]): Promise<string[]> {
    const kept = this.#kept.filter(({ isOpen }) => isOpen);
    this.#kept = [];
    if (kept.length === 0) return [];
    const before = new Map(kept.map((stream) => [stream, progressOf(stream)]));
    // What the first change has told where it should not is there before the second is told where it should.
    const witnesses = [await this.#change(keepers), await this.#change(keepers)] as const;
    const faults = await Promise.all(
      kept.map(async (stream) => {
        const last = witnesses[1][stream.input.caller?.organizationId ?? 'default'];
        const { results, beats } = before.get(stream) ?? progressOf(stream);
        await stream.until((answer) => {
          const told = toldBy(answer);
          const isTold = hasId(stream) ? answer.text.includes(last) : (told?.results.length ?? 0) > results;
          // The second sign of life comes behind what was to be told before the first.
          return told === undefined ? isWhole(answer.text) : isTold || told.beats > beats + 1;
        });
        return faultsOf(stream, { witnesses, last, ended });
      }),
    );
    await Promise.all(kept.map((stream) => stream.hangUp()));
    for (const made of witnesses) {
      await Promise.all(ORGANIZATIONS.map((each) => keepers[each].run(DeleteConnectionDocument, { id: made[each] })));
    }
    return faults.flat();
  }

  /** Makes a connection in each organisation. */
  async #change(keepers: Keepers): Promise<Made> {
    const make = async (organizationId: OrganizationId) => {
      const name = `${canaryOf(organizationId)} witness ${++this.#made}`;
      return (await createMachine(keepers[organizationId], 'OAUTH', name)).connectionId;
    };
    return { default: await make('default'), other: await make('other') };
  }
}

type Made = Readonly<Record<OrganizationId, string>>;

function faultsOf(
  stream: Conversation,
  { witnesses, last, ended }: { witnesses: readonly Made[]; last: string; ended: readonly string[] },
): string[] {
  const { input, received } = stream;
  const text = received.answers.at(-1)?.text ?? '';
  const foreign = ORGANIZATIONS.filter((each) => each !== input.caller?.organizationId);
  const isShown = foreign.some((each) => witnesses.some((made) => text.includes(made[each])));
  const isTold = text.includes(last);
  // One that has come to its end was told why: its connection closes a moment later.
  const isMissed = stream.isOpen && received.isStreaming && hasId(stream) && !isTold;
  const isOver = ended.some((session) => input.bytes.includes(session));
  return [
    ...(isShown ? [`another organisation’s change is told\n  for ${describe(input)}`] : []),
    ...(isMissed ? [`a change is not told\n  for ${describe(input)}`] : []),
    ...(isOver && isTold ? [`a change is told to a session that has ended\n  for ${describe(input)}`] : []),
  ];
}

/** Whether each event has the connection's id, by the document's construction. */
function hasId({ input: { kind } }: Conversation): boolean {
  return kind === 'valid subscription' || kind === 'registered subscription';
}

/** Whether a stream has come to the end of an event: the network hands it over in pieces of any length. */
function isWhole(text: string): boolean {
  return ['\n\n', '--graphql', '--\r\n'].some((end) => text.endsWith(end));
}

function progressOf(stream: Conversation): { results: number; beats: number } {
  const answer = stream.received.answers.at(-1);
  const told = answer && toldBy(answer);
  return { results: told?.results.length ?? 0, beats: told?.beats ?? 0 };
}

/** What one caller may have open. */
const ROOM = 20;

/** Opens as many streams as one caller may have; whoever has just hung up makes room when the gateway hears of it. */
export async function fillRoom(url: string, bearer: string): Promise<EventStream[]> {
  const streams: EventStream[] = [];
  while (streams.length < ROOM) {
    await until('there is room', async () => {
      const stream = await openEventStream(url, { headers: { authorization: `Bearer ${bearer}` } });
      if (stream.status === 200) streams.push(stream);
      else await stream[Symbol.asyncDispose]();
      return stream.status === 200;
    });
  }
  return streams;
}
