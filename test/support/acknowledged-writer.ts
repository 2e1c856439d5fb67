import {
  type AuthenticationType,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { type KnownConnection, killTokens, type Target, type Unanswered } from './known-connection.js';
import { requestToken } from './machine.js';
import type { Random } from './seeded-random.js';

const CONNECTIONS_MAX = 2;
const TOKENS_AT_ONCE = 3;

/** Writes one thing after the other, to connections that nobody else writes to, and remembers what was acknowledged. */
export class AcknowledgedWriter {
  readonly connections: KnownConnection[] = [];
  /** Tokens whose revocation was not answered, and of which connection they are. */
  readonly perhapsRevoked = new Map<string, KnownConnection>();
  unanswered: Unanswered | undefined;
  unansweredCreate: { readonly name: string; readonly idempotencyKey: string } | undefined;
  issuedByAdmin = 0;
  revoked = 0;
  /** Whether its tokens are issued by the admin, each with an audit event, or by the machines, without. */
  readonly issuesAsAdmin: boolean;
  readonly #name: string;
  readonly #authenticationType: AuthenticationType;
  readonly #random: Random;
  #names = 0;

  constructor(options: { name: string; random: Random; authenticationType: AuthenticationType; asAdmin: boolean }) {
    this.#name = options.name;
    this.#random = options.random;
    this.#authenticationType = options.authenticationType;
    this.issuesAsAdmin = options.asAdmin;
  }

  /** Writes until the gateway is killed, or a write is not answered. Rejects where the gateway refuses. */
  async run(target: Target): Promise<void> {
    try {
      while (!target.isKilled()) await this.#step(target);
    } catch (error) {
      if (!target.isUnanswered(error)) throw error;
    }
  }

  /** Makes sure, by its idempotency key, of a create that was not answered. */
  async repeatCreate(target: Target): Promise<void> {
    if (this.unansweredCreate !== undefined) await this.#create(target, this.unansweredCreate);
  }

  #step(target: Target): Promise<void> {
    const existing = this.connections.filter(({ exists }) => exists);
    const connection = existing[this.#random.below(existing.length)];
    const max = this.#authenticationType === 'OAUTH' ? CONNECTIONS_MAX : 1;
    if (connection === undefined || (existing.length < max && this.#random.below(3) === 0)) {
      const name = this.#newName();
      return this.#create(target, { name, idempotencyKey: name });
    }
    if (connection.secret === undefined) return this.#regenerate(target, connection);
    if (connection.status === 'DISABLED') return this.#setStatus(target, connection, 'ACTIVE');
    const changes = ['rename', 'rename', 'regenerate', 'disable', 'delete', 'revokeTokens'] as const;
    const tokens = ['issue', 'issue', 'issue', 'revoke', 'revoke'] as const;
    const step = this.#random.pick(connection.clientId === undefined ? changes : [...changes, ...tokens]);
    switch (step) {
      case 'rename':
        return this.#rename(target, connection);
      case 'regenerate':
        return this.#regenerate(target, connection);
      case 'disable':
        return this.#setStatus(target, connection, 'DISABLED');
      case 'delete':
        return this.#delete(target, connection);
      case 'revokeTokens':
        return this.#revokeTokens(target, connection);
      case 'issue':
        return this.#issue(target, connection);
      case 'revoke':
        return this.#revoke(target, connection);
    }
  }

  #newName(): string {
    return `${this.#name}-${++this.#names}`;
  }

  async #create(target: Target, input: { name: string; idempotencyKey: string }): Promise<void> {
    this.unansweredCreate = input;
    const { createConnection } = await target.admin.run(CreateConnectionDocument, {
      input: { ...input, authenticationType: this.#authenticationType },
    });
    if (createConnection.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(createConnection));
    this.unansweredCreate = undefined;
    this.connections.push({
      id: createConnection.connection.id,
      clientId: createConnection.clientId ?? undefined,
      name: input.name,
      status: 'ACTIVE',
      exists: true,
      secret: createConnection.secret ?? undefined,
      oldSecrets: [],
      live: new Set(),
      dead: new Set(),
      history: [`connection.created ${input.name}`],
    });
    target.acknowledged();
  }

  /** Sends a change; `apply` is what it does where it happens, answered or not. */
  async #change(target: Target, change: Unanswered, send: () => Promise<{ __typename: string }>): Promise<void> {
    this.unanswered = change;
    const answer = await send();
    if (!/^(ConnectionChanged|ConnectionDeleted|SecretCreated)$/.test(answer.__typename)) {
      throw new Error(JSON.stringify(answer));
    }
    this.settle(true);
    target.acknowledged();
  }

  /** The change that was not answered has happened, or has not. */
  settle(happened: boolean): void {
    if (happened && this.unanswered !== undefined) {
      this.unanswered.connection.history.push(this.unanswered.event);
      this.unanswered.apply();
    }
    this.unanswered = undefined;
  }

  #rename(target: Target, connection: KnownConnection): Promise<void> {
    const name = this.#newName();
    const apply = () => {
      connection.name = name;
    };
    return this.#change(target, { connection, event: `connection.renamed ${name}`, apply }, async () => {
      const variables = { id: connection.id, name };
      return (await target.admin.run(RenameConnectionDocument, variables)).renameConnection;
    });
  }

  async #regenerate(target: Target, connection: KnownConnection): Promise<void> {
    const apply = () => {
      if (connection.secret !== undefined) connection.oldSecrets.push(connection.secret);
      connection.secret = undefined;
    };
    let secret: string | undefined;
    await this.#change(target, { connection, event: 'connection.secret_regenerated', apply }, async () => {
      const { regenerateSecret } = await target.admin.run(RegenerateSecretDocument, { id: connection.id });
      if (regenerateSecret.__typename === 'SecretCreated') secret = regenerateSecret.secret;
      return regenerateSecret;
    });
    connection.secret = secret;
  }

  #setStatus(target: Target, connection: KnownConnection, status: 'ACTIVE' | 'DISABLED'): Promise<void> {
    const { id } = connection;
    const apply = () => {
      connection.status = status;
      killTokens(connection);
    };
    const event = status === 'ACTIVE' ? 'connection.enabled' : 'connection.disabled';
    return this.#change(target, { connection, event, apply }, async () =>
      status === 'ACTIVE'
        ? (await target.admin.run(EnableConnectionDocument, { id })).enableConnection
        : (await target.admin.run(DisableConnectionDocument, { id })).disableConnection,
    );
  }

  #delete(target: Target, connection: KnownConnection): Promise<void> {
    const apply = () => {
      connection.exists = false;
      killTokens(connection);
    };
    const event = `connection.deleted ${connection.name}`;
    return this.#change(target, { connection, event, apply }, async () => {
      return (await target.admin.run(DeleteConnectionDocument, { id: connection.id })).deleteConnection;
    });
  }

  #revokeTokens(target: Target, connection: KnownConnection): Promise<void> {
    const apply = () => killTokens(connection);
    return this.#change(target, { connection, event: 'connection.tokens_revoked', apply }, async () => {
      return (await target.admin.run(RevokeTokensDocument, { connectionId: connection.id })).revokeTokens;
    });
  }

  async #issue(target: Target, connection: KnownConnection): Promise<void> {
    const learn = (token: string) => {
      connection.live.add(token);
      target.acknowledged();
    };
    if (!this.issuesAsAdmin) {
      const machine = {
        connectionId: connection.id,
        clientId: connection.clientId ?? '',
        secret: connection.secret ?? '',
      };
      const asked = Array.from({ length: TOKENS_AT_ONCE }, () => requestToken(target.url, machine).then(learn));
      const [broken] = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
      if (broken?.status === 'rejected') throw broken.reason;
      return;
    }
    const { issueToken } = await target.admin.run(IssueTokenDocument, { connectionId: connection.id });
    if (issueToken.__typename !== 'AccessToken') throw new Error(JSON.stringify(issueToken));
    // The shared bearer: the same again while it is good, as it may be where its revocation was not answered.
    const { accessToken } = issueToken;
    if (connection.live.has(accessToken) || this.perhapsRevoked.has(accessToken)) return;
    this.issuedByAdmin++;
    learn(accessToken);
  }

  /** A revocation that was not answered has happened, or has not. */
  settleRevocation(token: string, happened: boolean): void {
    const connection = this.perhapsRevoked.get(token);
    this.perhapsRevoked.delete(token);
    if (happened) this.revoked++;
    (happened ? connection?.dead : connection?.live)?.add(token);
  }

  async #revoke(target: Target, connection: KnownConnection): Promise<void> {
    const [token] = connection.live;
    if (token === undefined) return;
    connection.live.delete(token);
    this.perhapsRevoked.set(token, connection);
    const { revokeToken } = await target.admin.run(RevokeTokenDocument, { token });
    if (revokeToken.__typename !== 'TokenRevoked') throw new Error(JSON.stringify(revokeToken));
    this.settleRevocation(token, true);
    target.acknowledged();
  }
}
