import { openGcra } from './gcra.ts';
import { openLatchkeyCounter } from './latchkey-counter.ts';
import type { Limiter } from './limiter.ts';
import { openSlidingWindow } from './sliding-window.ts';
import { openUnion } from './union.ts';

export interface Contender {
  readonly name: string;
  open(redisUrl: string): Promise<Limiter>;
}

/** In the order in which a round measures them: the first is what the others are held against, the last is ours. */
export const CONTENDERS: readonly Contender[] = [
  { name: 'rate-limiter-flexible, union of minute and day', open: (redisUrl) => openUnion(redisUrl) },
  { name: 'sliding windows of two keys, as Upstash', open: openSlidingWindow },
  { name: 'GCRA for both, one script', open: openGcra },
  { name: 'Latchkey', open: openLatchkeyCounter },
];
