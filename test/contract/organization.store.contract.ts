import { describe, expect, test } from 'vitest';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import { auditEventRecord, connectionRecord } from '../support/records.js';
import type { OpenDatabase } from './open-database.js';

const tenantUrl = parseTenantUrl('https://acme.example', { allowLoopback: false });

/** What OrganizationStore promises. It only saves: that it did is seen by what may then refer to the organisation. */
export function describeOrganizationStore(open: OpenDatabase): void {
  describe('OrganizationStore', () => {
    test('only a saved organisation can have connections and audit events', async () => {
      await using opened = await open();
      const { database } = opened;
      const connection = connectionRecord({ organizationId: 'new' });
      const append = () =>
        database.change('new', ({ audit }) => audit.append(auditEventRecord({ organizationId: 'new' })));
      const insert = () => database.change('default', ({ connections }) => connections.insert(connection));

      await expect(insert()).rejects.toThrow();
      await expect(append()).rejects.toThrow();
      await database.organizations.save([{ id: 'new', issuer: 'LOCAL' }]);

      await insert();
      await append();
      expect(await database.connections.list('new')).toEqual([connection]);
    });

    test('one that the configuration no longer names stays, with all that is its own', async () => {
      await using opened = await open();
      const { database } = opened;
      const connection = connectionRecord({ organizationId: 'left-out' });
      await database.organizations.save([{ id: 'left-out', issuer: 'LOCAL' }]);
      await database.change('default', ({ connections }) => connections.insert(connection));

      await database.organizations.save([{ id: 'named', issuer: 'LOCAL' }]);

      expect(await database.connections.list('left-out')).toEqual([connection]);
    });

    test('saving an organisation again, changed or not, keeps all that is its own', async () => {
      await using opened = await open();
      const { database } = opened;
      const connection = connectionRecord();
      await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
      await database.change('default', ({ connections }) => connections.insert(connection));

      await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
      await database.organizations.save([{ id: 'default', issuer: 'UPSTREAM', tenantUrl }]);

      expect(await database.connections.list('default')).toEqual([connection]);
    });
  });
}
