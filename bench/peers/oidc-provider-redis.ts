import { Redis } from 'ioredis';
import { serveProvider } from './peer-provider.ts';

/**
 * oidc-provider with an adapter for Redis after the example that its documentation links to
 * (https://github.com/panva/node-oidc-provider/discussions/1309), as far as tokens for client credentials need it. Where
 * the example sends MULTI, SET, EXPIRE and EXEC, this sends the one SET that does the same: the peer's best case.
 */
const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: 'oidc:' });

class RedisAdapter {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async upsert(id: string, payload: object, lifetimeSeconds: number): Promise<void> {
    await redis.set(this.#key(id), JSON.stringify(payload), 'EX', lifetimeSeconds);
  }

  async find(id: string): Promise<unknown> {
    const payload = await redis.get(this.#key(id));
    return payload === null ? undefined : JSON.parse(payload);
  }

  async destroy(id: string): Promise<void> {
    await redis.del(this.#key(id));
  }

  #key(id: string): string {
    return `${this.#name}:${id}`;
  }
}

console.log(await serveProvider(RedisAdapter));
