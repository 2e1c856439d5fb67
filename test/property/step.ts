import fc from 'fast-check';
import { type Principal, userOf } from '../../src/domain/principal.js';
import { Refusal } from '../../src/domain/refusal.js';
import type { TestServices } from '../support/services.js';
import type { Model } from './model.js';

/** What a step needs: the real thing, the model of it, and the two organisations. */
export interface World {
  readonly services: TestServices;
  readonly model: Model;
  readonly organizationIds: readonly [string, string];
}

/** One step, done to both. Numbers pick among what there is, deleted and foreign things included. */
export type Step = (world: World) => Promise<void>;

/** Steps of one kind, each shown in a counterexample by its name and what it was given. */
export function stepsOf<Given>(
  kind: string,
  given: fc.Arbitrary<Given>,
  run: (given: Given, world: World) => Promise<void>,
): fc.Arbitrary<Step> {
  return given.map((one) => {
    const step: Step = (world) => run(one, world);
    return Object.assign(step, { [fc.toStringMethod]: () => `${kind}(${fc.stringify(one)})` });
  });
}

/** Which organisation acts. */
export const by = fc.nat({ max: 1 });
export const pick = fc.nat();

export function callerOf({ organizationIds }: World, index: number): Principal {
  return userOf('SUPER_ADMIN', 'tester', organizationIds[index] ?? '');
}

export function picked<T>(all: readonly T[], index: number): T | undefined {
  return all.length === 0 ? undefined : all[index % all.length];
}

export function codeOf(outcome: unknown): string {
  return outcome instanceof Refusal ? outcome.code : 'done';
}
