import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/domain/refusal.js';
import {
  accepted,
  createConnection,
  FOREIGN_SUPER_ADMIN,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../../support/services.js';

describe('another organisation’s connection', () => {
  type Act = (services: Services, id: string) => Promise<unknown>;
  const acts: [string, Act][] = [
    ['rename', ({ connections }, id) => connections.rename(FOREIGN_SUPER_ADMIN, id, 'mine')],
    ['disable', ({ connections }, id) => connections.disable(FOREIGN_SUPER_ADMIN, id)],
    ['enable', ({ connections }, id) => connections.enable(FOREIGN_SUPER_ADMIN, id)],
    ['delete', ({ connections }, id) => connections.delete(FOREIGN_SUPER_ADMIN, id)],
    ['regenerateSecret', ({ secrets }, id) => secrets.regenerate(FOREIGN_SUPER_ADMIN, id, 0)],
    ['resetAfterLeak', ({ secrets }, id) => secrets.resetAfterLeak(FOREIGN_SUPER_ADMIN, id)],
    ['revokeTokens', ({ connections }, id) => connections.revokeTokens(FOREIGN_SUPER_ADMIN, id)],
  ];

  test.each(acts)('is answered by %s as an absent and a deleted one are, and stays as it was', async (_, act) => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const deleted = await createConnection(services, 'OAUTH', FOREIGN_SUPER_ADMIN);
    accepted(await services.connections.delete(FOREIGN_SUPER_ADMIN, deleted.connection.id));

    const answers = await Promise.all(
      [connection.id, deleted.connection.id, 'con_absent', ''].map((id) => act(services, id)),
    );

    expect(answers[0]).toBeInstanceOf(Refusal);
    expect(answers[0]).toMatchObject({ code: 'NOT_FOUND' });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([connection]);
  });

  test('is not listed nor found', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    expect(await services.connections.list(FOREIGN_SUPER_ADMIN.organizationId)).toEqual([]);
    expect(await services.connections.findMany('other', [connection.id])).toEqual([undefined]);
  });
});
