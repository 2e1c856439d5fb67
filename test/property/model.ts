/**
 * What connections and tokens should do, told as simply as it can be: no generations, no digests, no constraints, no
 * transactions. Whatever kills a token marks it dead.
 */
export interface ModelConnection {
  readonly id: string;
  readonly organizationId: string;
  readonly type: 'OAUTH' | 'ACCESS_KEY';
  readonly clientId: string | undefined;
  readonly createdAt: number;
  name: string;
  status: 'ACTIVE' | 'DISABLED' | 'DELETED';
  /** The one secret that is accepted. */
  secret: string;
  /** The shared bearer that was given last. */
  bearer: ModelToken | undefined;
}

/** A secret that was ever shown, and whose it is or was. */
export interface ModelSecret {
  readonly text: string;
  readonly of: ModelConnection;
}

export interface ModelToken {
  readonly text: string;
  readonly id: string;
  readonly of: ModelConnection;
  readonly expiresAt: number;
  dead: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Names with what makes them equal, written out by hand; undefined where a name is to be refused. */
export const NAMES: Readonly<Record<string, string | undefined>> = {
  alpha: 'alpha',
  ALPHA: 'alpha',
  ' Alpha ': 'alpha',
  'caf\u00e9': 'café',
  'CAFE\u0301': 'café',
  straße: 'strasse',
  STRASSE: 'strasse',
  beta: 'beta',
  gamma: 'gamma',
  delta: 'delta',
  '': undefined,
  'zero\u200bwidth': undefined,
  ['x'.repeat(101)]: undefined,
  ['x'.repeat(100)]: 'x'.repeat(100),
};

export class Model {
  readonly connections: ModelConnection[] = [];
  readonly secrets: ModelSecret[] = [];
  readonly tokens: ModelToken[] = [];
  /** How many changes each organisation's log should tell of. */
  readonly events = new Map<string, number>();

  /** An organisation's connections in the order of a list. */
  list(organizationId: string): ModelConnection[] {
    return this.connections
      .filter((one) => one.organizationId === organizationId && one.status !== 'DELETED')
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** Whether `organizationId` sees the connection at all. */
  sees(organizationId: string, connection: ModelConnection): boolean {
    return connection.organizationId === organizationId && connection.status !== 'DELETED';
  }

  /** Every reason to refuse a name: a change may give any of those that apply. */
  reasonsAgainstName(organizationId: string, name: string, self?: ModelConnection): string[] {
    const key = NAMES[name];
    if (key === undefined) return ['INVALID_INPUT'];
    const taken = this.list(organizationId).some((one) => one !== self && NAMES[one.name] === key);
    return taken ? ['NAME_TAKEN'] : [];
  }

  reasonsAgainstCreating(organizationId: string, name: string, type: ModelConnection['type']): string[] {
    const ofType = this.list(organizationId).filter((one) => one.type === type).length;
    const against = this.reasonsAgainstName(organizationId, name);
    if (against.includes('INVALID_INPUT')) return against;
    if (type === 'OAUTH' && ofType >= 15) against.push('OAUTH_LIMIT');
    if (type === 'ACCESS_KEY' && ofType >= 1) against.push('ACCESS_KEY_LIMIT');
    return against;
  }

  create(connection: Omit<ModelConnection, 'status' | 'bearer'>): void {
    const created: ModelConnection = { ...connection, status: 'ACTIVE', bearer: undefined };
    this.connections.push(created);
    this.secrets.push({ text: created.secret, of: created });
    this.record(created.organizationId);
  }

  replaceSecret(connection: ModelConnection, secret: string): void {
    connection.secret = secret;
    this.secrets.push({ text: secret, of: connection });
  }

  issue(connection: ModelConnection, issued: { id: string; text: string }, now: number): ModelToken {
    const token: ModelToken = { ...issued, of: connection, expiresAt: now + DAY_MS, dead: false };
    this.tokens.push(token);
    return token;
  }

  killTokens(connection: ModelConnection): void {
    for (const token of this.tokens) if (token.of === connection) token.dead = true;
  }

  record(organizationId: string): void {
    this.events.set(organizationId, (this.events.get(organizationId) ?? 0) + 1);
  }

  accepts({ text, of }: ModelSecret): boolean {
    return of.status === 'ACTIVE' && of.secret === text;
  }

  isLive(token: ModelToken, now: number): boolean {
    return !token.dead && token.expiresAt > now;
  }

  /** Whether a bearer that is still given is about to be followed by another. */
  isDue(bearer: ModelToken, now: number): boolean {
    return bearer.expiresAt - now < 15 * MINUTE_MS;
  }

  /** The bearer that whoever asks now is given; undefined where it has to be a new one. */
  goodBearer({ bearer }: ModelConnection, now: number): ModelToken | undefined {
    const good = bearer !== undefined && this.isLive(bearer, now) && bearer.expiresAt - now >= 10 * MINUTE_MS;
    return good ? bearer : undefined;
  }
}
