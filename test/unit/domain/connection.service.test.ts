import { describe, expect, test } from 'vitest';
import { type Connection, isClient } from '../../../src/domain/connections/connection.js';
import { Refusal } from '../../../src/domain/refusal.js';
import { isWellFormedSecret } from '../../../src/lib/secrets.js';
import {
  accepted,
  createConnection,
  createRequest,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../../support/services.js';

describe('creating', () => {
  test('an OAuth connection gives its client id and, once, its secret', async () => {
    await using services = await openServices();
    const made = accepted(await services.connections.create(SUPER_ADMIN, createRequest(' Salesforce ')));

    const text = made.secret?.reveal() ?? '';
    const now = services.clock.now();
    expect(isWellFormedSecret('clientSecret', text)).toBe(true);
    expect(made.connection).toEqual({
      id: expect.stringMatching(/^con_[0-9A-Za-z]{22}$/),
      organizationId: 'default',
      name: 'Salesforce',
      connector: 'GAINSIGHT_API',
      authenticationType: 'OAUTH',
      status: 'ACTIVE',
      clientId: expect.stringMatching(/^lkid_[0-9A-Za-z]{22}$/),
      generation: 1,
      allowedCidrs: [],
      createdAt: now,
      createdBy: 'user:tester',
      updatedAt: now,
      lastUsedAt: undefined,
      secrets: [
        {
          id: expect.stringMatching(/^sec_/),
          state: 'CURRENT',
          digest: { kid: services.keyRing.activeKid, value: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) },
          prefix: text.slice(0, 9),
          last4: text.slice(-4),
          createdAt: now,
          lastUsedAt: undefined,
          expiresAt: undefined,
        },
      ],
    });
    expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([made.connection]);
    expect(JSON.stringify(made.connection)).not.toContain(text.slice(9, -4));
  });

  test('an access key connection gives no client id and, once, its key', async () => {
    await using services = await openServices();
    const { connection, secret } = await createConnection(services, 'ACCESS_KEY');
    expect(isWellFormedSecret('accessKey', secret.reveal())).toBe(true);
    expect(connection).toMatchObject({ authenticationType: 'ACCESS_KEY', clientId: undefined });
  });

  test.each([
    ['name', { name: '' }],
    ['connector', { connector: 'SALESFORCE' }],
    ['connector', { connector: undefined }],
    ['authenticationType', { authenticationType: 'oauth' }],
    ['clientId', { clientId: 'mine' }],
    ['clientSecret', { clientSecret: 'mine' }],
    ['accessKey', { accessKey: '' }],
    ['idempotencyKey', { idempotencyKey: '' }],
    ['idempotencyKey', { idempotencyKey: 'two words' }],
    ['idempotencyKey', { idempotencyKey: 'é' }],
    ['idempotencyKey', { idempotencyKey: 'x'.repeat(201) }],
  ])('is refused with the place of what is wrong: %s in %j', async (field, wrong) => {
    await using services = await openServices();
    const outcome = await services.connections.create(SUPER_ADMIN, { ...createRequest('name'), ...wrong });
    expect(outcome).toBeInstanceOf(Refusal);
    expect(outcome).toMatchObject({ code: 'INVALID_INPUT', path: [field], limit: undefined });
    expect((outcome as Refusal).message).toMatch(/\S/);
    expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([]);
  });

  test('beyond a cap or under a name that is taken is refused with the limit and the place', async () => {
    await using services = await openServices();
    const { name } = (await createConnection(services, 'ACCESS_KEY')).connection;
    for (let count = 0; count < 15; count++) await createConnection(services);
    const create = (given: object) => services.connections.create(SUPER_ADMIN, { ...createRequest('new'), ...given });

    expect(await create({})).toMatchObject({
      code: 'OAUTH_LIMIT',
      limit: 15,
      path: ['authenticationType'],
    });
    expect(await create({ authenticationType: 'ACCESS_KEY' })).toMatchObject({
      code: 'ACCESS_KEY_LIMIT',
      limit: 1,
      path: ['authenticationType'],
    });
    const all = await services.connections.list(SUPER_ADMIN.organizationId);
    await services.connections.delete(SUPER_ADMIN, all.find(isClient)?.id ?? '');
    expect(await create({ name: name.toUpperCase() })).toMatchObject({ code: 'NAME_TAKEN', path: ['name'] });
  });

  test('by many at once ends with exactly fifteen, each with a secret that works', async () => {
    await using services = await openServices();
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => services.connections.create(SUPER_ADMIN, createRequest(`c ${index}`))),
    );
    const made = outcomes.flatMap((outcome) => (outcome instanceof Refusal ? [] : [outcome]));
    expect(made).toHaveLength(15);
    for (const { connection, secret } of made) {
      if (secret === undefined) throw new Error('no secret');
      expect(await services.credentials.authenticateClient(connection.clientId ?? '', secret)).toBeDefined();
    }
  });
});

describe('changing', () => {
  /** What is read afterwards is what the change answered; `changed` says how it differs from before. */
  async function expectChange(
    change: (services: Services, connection: Connection) => Promise<Connection | Refusal>,
    changed: Partial<Connection>,
  ): Promise<void> {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const untouched = await createConnection(services);
    services.clock.advance(1000);
    const outcome = accepted(await change(services, connection));
    expect(outcome).toEqual({ ...connection, updatedAt: services.clock.now(), ...changed });
    expect(await services.connections.findMany('default', [connection.id, untouched.connection.id])).toEqual([
      outcome,
      untouched.connection,
    ]);
  }

  test('a name keeps everything but the name', () =>
    expectChange(({ connections }, { id }) => connections.rename(SUPER_ADMIN, id, '  cafe\u0301 '), {
      name: 'caf\u00e9',
    }));

  test('to disabled kills the tokens, and enabling brings none back', async () => {
    await expectChange(({ connections }, { id }) => connections.disable(SUPER_ADMIN, id), {
      status: 'DISABLED',
      generation: 2,
    });
    await expectChange(
      async ({ connections }, { id }) => {
        accepted(await connections.disable(SUPER_ADMIN, id));
        return connections.enable(SUPER_ADMIN, id);
      },
      { status: 'ACTIVE', generation: 2 },
    );
  });

  test('the generation by revoking all tokens keeps the secret', () =>
    expectChange(({ connections }, { id }) => connections.revokeTokens(SUPER_ADMIN, id), { generation: 2 }));

  test('a name to one that is taken or invalid is refused and changes nothing', async () => {
    await using services = await openServices();
    const [one, other] = [await createConnection(services), await createConnection(services)];
    const rename = (name: string) => services.connections.rename(SUPER_ADMIN, one.connection.id, name);

    expect(await rename(other.connection.name.toUpperCase())).toMatchObject({ code: 'NAME_TAKEN', path: ['name'] });
    expect(await rename('\u200b')).toMatchObject({ code: 'INVALID_INPUT', path: ['name'] });
    expect(await services.connections.findMany('default', [one.connection.id])).toEqual([one.connection]);
    expect(accepted(await rename(one.connection.name.toUpperCase())).name).toBe(one.connection.name.toUpperCase());
  });

  test.each(['OAUTH', 'ACCESS_KEY'] as const)(
    'the secret of an %s connection, by regenerating it or after a leak',
    async (type) => {
      await using services = await openServices();
      const { connection, secret: first } = await createConnection(services, type);
      services.clock.advance(1000);

      const second = accepted(await services.secrets.regenerate(SUPER_ADMIN, connection.id, 0));
      const third = accepted(await services.secrets.resetAfterLeak(SUPER_ADMIN, connection.id));

      expect(new Set([first, second.secret, third.secret].map((secret) => secret?.reveal())).size).toBe(3);
      expect(second.connection).toMatchObject({ generation: 1, clientId: connection.clientId, secrets: { length: 1 } });
      expect(third.connection).toMatchObject({ generation: 2, clientId: connection.clientId, secrets: { length: 1 } });
      expect(third.connection.updatedAt).toBe(services.clock.now());
      expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([third.connection]);
    },
  );

  test.each([1, 3600, -1, 0.5, Number.NaN])(
    'a secret with an overlap of %d seconds is refused for now',
    async (seconds) => {
      await using services = await openServices();
      const { connection } = await createConnection(services);
      expect(await services.secrets.regenerate(SUPER_ADMIN, connection.id, seconds)).toMatchObject({
        code: 'INVALID_INPUT',
        path: ['graceSeconds'],
      });
      expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([connection]);
    },
  );
});
