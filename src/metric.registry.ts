import { Counter, Gauge, Registry } from 'prom-client';
import type { Database, Lookups } from './domain/database/database.js';
import type { LimitService } from './domain/limits/limit.service.js';
import type { MachineService } from './domain/machines/machine.service.js';
import type { CarefulTenants } from './domain/tenants/careful-tenants.js';
import type { SharedTokenService } from './domain/tokens/shared-token.service.js';
import { collectProcessMetrics } from './process-metrics.js';
import { RequestDurations } from './request-durations.js';
import type { FinishedRequest } from './transports/http/finished-request.js';

/** Whose figures the metrics are: each is read when somebody scrapes, and costs its owner an addition. */
export interface MetricSources {
  readonly database: Pick<Database, 'figures' | 'checkHealth'>;
  readonly limits: Pick<LimitService, 'mode' | 'outcomes'>;
  readonly machines: Pick<MachineService, 'counts'>;
  readonly sharedTokens: Pick<SharedTokenService, 'mintedCount'>;
  readonly tenants: Pick<CarefulTenants, 'answers'>;
}

const LIMIT_MODES = ['exact', 'closed', 'share', 'off'] as const;
const HEALTH = ['ready', 'database', 'redis', 'unavailable'] as const;
/** From a remembered introspection to a request that gives up. */
const DURATION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/**
 * Prometheus metrics of this process. Labels have few values, all of ours: no organisation, client, user or path of a
 * caller is among them.
 */
export class MetricRegistry {
  readonly registry = new Registry();
  readonly #requests: RequestDurations;
  readonly #errors: Counter<'code'>;
  readonly #streams: Counter;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    collectProcessMetrics(this.registry);
    this.#requests = new RequestDurations({
      name: 'latchkey_http_request_duration_seconds',
      help: 'Requests by route and status, and how long they took; the status is "left" where the client left first.',
      buckets: DURATION_SECONDS,
      registers,
    });
    this.#errors = new Counter({
      name: 'latchkey_graphql_errors_total',
      help: 'Errors in GraphQL responses, by code.',
      labelNames: ['code'],
      registers,
    });
    this.#streams = new Counter({
      name: 'latchkey_ended_subscriptions_total',
      help: 'Subscriptions that have ended, which are not among the durations of requests.',
      registers,
    });
    addLimits(registers, sources.limits);
    addTokens(registers, sources);
    addStores(registers, sources.database);
    addTenants(registers, sources.tenants);
  }

  observeRequest({ route, status, durationMs, isStream }: FinishedRequest): void {
    // How long somebody listened says nothing of how long requests take.
    if (isStream) this.#streams.inc();
    else this.#requests.observe(route, status, durationMs / 1000);
  }

  countGraphqlError(code: string): void {
    this.#errors.inc({ code });
  }
}

function addLimits(registers: Registry[], limits: MetricSources['limits']): void {
  new Gauge({
    name: 'latchkey_limits_mode',
    help: 'How calls are counted now: 1 for the mode that is in force. closed: refused, share: by this replica alone.',
    labelNames: ['mode'],
    registers,
    collect() {
      for (const mode of LIMIT_MODES) this.set({ mode }, limits.mode === mode ? 1 : 0);
    },
  });
  addCounter(registers, {
    name: 'latchkey_limit_decisions_total',
    help: 'Requests that a limit was asked about, by policy and outcome.',
    labelNames: ['policy', 'outcome'],
    read: () => limits.outcomes.map(({ policy, outcome, count }) => [{ policy, outcome }, count]),
  });
}

function addTokens(registers: Registry[], { machines, sharedTokens }: MetricSources): void {
  addCounter(registers, {
    name: 'latchkey_tokens_issued_total',
    help: 'Access tokens made, by kind: own for a client of its own request, shared for issueToken and passed calls.',
    labelNames: ['kind'],
    read: () => [
      [{ kind: 'own' }, machines.counts.issued],
      [{ kind: 'shared' }, sharedTokens.mintedCount],
    ],
  });
  addCounter(registers, {
    name: 'latchkey_introspections_total',
    help: 'Introspections by result; repeated: of a token that memory proves active; what memory answers counts also where a limit refuses then.',
    labelNames: ['result'],
    read: () => (['active', 'inactive', 'repeated'] as const).map((result) => [{ result }, machines.counts[result]]),
  });
}

function addStores(registers: Registry[], database: MetricSources['database']): void {
  addCounter(registers, {
    name: 'latchkey_lookups_total',
    help: 'Look-ups of connections and tokens: hit where memory answered, miss where a store had to.',
    labelNames: ['of', 'result'],
    read: () => {
      const { connectionLookups, tokenLookups } = database.figures();
      return [...readLookups('connections', connectionLookups), ...readLookups('tokens', tokenLookups)];
    },
  });
  const { proofAgeMs, pool } = database.figures();
  if (proofAgeMs !== undefined) addProofAge(registers, database);
  if (pool !== undefined) addPool(registers, database);
  new Gauge({
    name: 'latchkey_health',
    help: 'What /readyz would say: 1 for ready, for the store that degrades the gateway, or for unavailable.',
    labelNames: ['state'],
    registers,
    async collect() {
      const now = await database.checkHealth().then(
        ({ degradedBy }) => degradedBy ?? 'ready',
        () => 'unavailable',
      );
      for (const state of HEALTH) this.set({ state }, state === now ? 1 : 0);
    },
  });
}

function addProofAge(registers: Registry[], database: MetricSources['database']): void {
  new Gauge({
    name: 'latchkey_proof_age_seconds',
    help: 'How long ago this replica last proved that it has missed no revocation; beyond the bound it trusts no memory.',
    registers,
    collect() {
      this.set((database.figures().proofAgeMs ?? 0) / 1000);
    },
  });
}

function addPool(registers: Registry[], database: MetricSources['database']): void {
  new Gauge({
    name: 'latchkey_database_connections',
    help: "Connections of this replica's pool to PostgreSQL, and callers that wait for one.",
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(database.figures().pool ?? {})) this.set({ state }, count);
    },
  });
}

function addTenants(registers: Registry[], tenants: MetricSources['tenants']): void {
  addCounter(registers, {
    name: 'latchkey_tenant_answers_total',
    help: 'Questions about credentials to tenants, by outcome; SPARED: answered without asking.',
    labelNames: ['outcome'],
    read: () => Array.from(tenants.answers, ([outcome, count]) => [{ outcome }, count]),
  });
}

function readLookups(of: string, lookups: Lookups | undefined): Reading<'of' | 'result'>[] {
  if (lookups === undefined) return [];
  return [
    [{ of, result: 'hit' }, lookups.hits],
    [{ of, result: 'miss' }, lookups.misses],
  ];
}

type Reading<Label extends string> = readonly [labels: Record<Label, string>, count: number];

/** A counter whose owner counts by itself. */
function addCounter<Label extends string>(
  registers: Registry[],
  options: { name: string; help: string; labelNames: Label[]; read(): readonly Reading<Label>[] },
): void {
  const { read, ...rest } = options;
  new Counter<Label>({
    ...rest,
    registers,
    collect() {
      this.reset();
      for (const [labels, count] of read()) this.inc(labels, count);
    },
  });
}
