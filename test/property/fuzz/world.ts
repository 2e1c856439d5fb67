import type { Random } from '../../support/seeded-random.js';
import type { Inhabitants, OrganizationId } from './population.js';

/** What inputs are made of, for one batch. */
export interface World {
  readonly url: string;
  readonly inhabitants: Readonly<Record<OrganizationId, Inhabitants>>;
  /** A part of every planted canary, and of nothing else. */
  readonly marker: string;
  /** Ids by which documents are registered; empty where none are. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whose things an input is mostly about. */
  readonly speaker?: OrganizationId;
}

/** A text like a secret that must come back nowhere. */
export function canary(random: Random, { marker }: World): string {
  return `${random.pick(['lkcs_', 'lkat_', 'lkak_', 'lkad_', 'lksi_', 'lkss_', 'sk-'])}${marker}${random.below(1_000_000)}`;
}

export function oneIn(random: Random, count: number): boolean {
  return random.below(count) === 0;
}

/** One of any number of choices; the caller sees to it that there is one. */
export function anyOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}

export function someone(random: Random, { inhabitants, speaker }: World): Inhabitants {
  if (speaker !== undefined && !oneIn(random, 4)) return inhabitants[speaker];
  return inhabitants[oneIn(random, 3) ? 'other' : 'default'];
}

export function somebodyElse({ organizationId }: Inhabitants, { inhabitants }: World): Inhabitants {
  return inhabitants[organizationId === 'default' ? 'other' : 'default'];
}

/** Any token that a caller could have come by. */
export function someToken(random: Random, world: World): string {
  const one = someone(random, world);
  return random.pick([
    one.token,
    one.token,
    one.shared,
    one.oauth.secret,
    one.bearers.ADMIN,
    one.sessions.ADMIN,
    canary(random, world),
    '',
  ]);
}
