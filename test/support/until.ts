import { setTimeout as delay } from 'node:timers/promises';

const POLL_EVERY_MS = 10;

export interface Patience {
  /** How long the condition may take to come true, on a machine that is busy with other tests. */
  readonly withinMs?: number;
  /** Settles when it is of no use to wait any longer, as where the process that is asked has ended. */
  readonly unless?: Promise<unknown>;
}

/**
 * Asks again and again until `condition` holds. What it throws counts as "not yet", since a server that starts refuses
 * connections; the last such reason is the cause of the error that ends the waiting.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { withinMs = 60_000, unless }: Patience = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  let isHopeless = false;
  const giveUp = () => {
    isHopeless = true;
  };
  unless?.then(giveUp, giveUp);
  let cause: unknown;
  do {
    try {
      if (await condition()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(POLL_EVERY_MS);
  } while (!isHopeless && performance.now() < deadline);
  throw new Error(isHopeless ? `it ended before ${what}` : `waited ${withinMs} ms in vain until ${what}`, { cause });
}
