import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '..');

/** What is read of a service; everything else says how its container is confined. */
export interface Service {
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
  readonly healthcheck?: HealthCheck;
}

/** A command that ends with 0 where the service is well, and how long it may be otherwise. */
export interface HealthCheck {
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries?: number;
  readonly start_period?: string;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** The file of the project, with its variables filled in. @throws Error naming the variable that is needed and not there */
export function readCompose(variables: Variables): Compose {
  const file = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
  return interpolated(file, variables) as Compose;
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?what to do}`; `$$` is a dollar sign. */
const VARIABLE = /\$(?:\$|\{(?<name>\w+)(?::(?<kind>[-?])(?<rest>[^}]*))?\})/g;

function interpolated(node: unknown, variables: Variables): unknown {
  if (Array.isArray(node)) return node.map((entry) => interpolated(entry, variables));
  if (typeof node === 'object' && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, interpolated(value, variables)]));
  }
  if (typeof node !== 'string') return node;
  return node.replace(VARIABLE, (...found) => {
    const { name, kind, rest = '' } = found.at(-1) as { name?: string; kind?: string; rest?: string };
    if (name === undefined) return '$';
    const value = variables[name];
    if (value !== undefined && value !== '') return value;
    if (kind === '?') throw new Error(`${name} is not set: ${rest}`);
    return rest;
  });
}

/** The names of the services in an order in which each comes after those that it depends on. */
export function inOrder({ services }: Compose): string[] {
  const ordered = new Set<string>();
  const visit = (name: string) => {
    for (const needed of dependenciesOf(services[name])) if (!ordered.has(needed)) visit(needed);
    ordered.add(name);
  };
  for (const name of Object.keys(services)) visit(name);
  return [...ordered];
}

/** The services that depend on each. */
export function dependentsIn({ services }: Compose): Map<string, string[]> {
  const names = Object.keys(services);
  const dependOn = (needed: string) => names.filter((name) => dependenciesOf(services[name]).includes(needed));
  return new Map(names.map((name) => [name, dependOn(name)]));
}

function dependenciesOf(service: Service | undefined): string[] {
  const needed = service?.depends_on ?? [];
  return Array.isArray(needed) ? [...needed] : Object.keys(needed);
}

/** Whether the service may start only when all that it depends on are well. */
export function waitsForHealth({ depends_on = [] }: Service): boolean {
  return Object.values(depends_on).some((needed) => needed.condition === 'service_healthy');
}

/** A duration of the file, such as `500ms` or `15s`. */
export function milliseconds(duration: string): number {
  const { amount, unit } = /^(?<amount>\d+)(?<unit>ms|s|m)$/.exec(duration)?.groups ?? {};
  if (amount === undefined) throw new Error(`"${duration}" is not read here: write it as ms, s or m.`);
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}
