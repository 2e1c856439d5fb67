import type { UsageNotes } from './usage-notes.js';

/** A thing with a last use, in epoch milliseconds. */
interface Used {
  readonly id: string;
  readonly lastUsedAt: number | undefined;
}

/**
 * Noted uses, to be laid over what is read next. Taken after the reading they would lack the notes of a flush that ended
 * in the middle of it.
 */
export class NotedUses {
  readonly #notes: readonly UsageNotes[];

  constructor(notes: readonly UsageNotes[]) {
    this.#notes = notes;
  }

  /** A stored connection with the noted uses of the connection and its secrets. */
  ofConnection<S extends Used, C extends Used & { readonly secrets: readonly S[] }>(connection: C): C {
    if (this.#notes.length === 0) return connection;
    const secrets = connection.secrets.map((secret) => ({
      ...secret,
      lastUsedAt: this.#later(secret, (noted) => noted.secrets.get(secret.id)),
    }));
    const lastUsedAt = this.#later(connection, (noted) => noted.connections.get(connection.id));
    return { ...connection, lastUsedAt, secrets };
  }

  /** A stored token with its noted use. */
  ofToken<T extends Used>(token: T): T {
    if (this.#notes.length === 0) return token;
    return { ...token, lastUsedAt: this.#later(token, (noted) => noted.tokens.get(token.id)?.at) };
  }

  #later({ lastUsedAt }: Used, noted: (notes: UsageNotes) => number | undefined): number | undefined {
    const known = [lastUsedAt, ...this.#notes.map(noted)].filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }
}
