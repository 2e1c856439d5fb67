import { expect, test } from 'vitest';
import { DomainError, ERROR_CODES, type ErrorCode, toDomainError } from '../../../src/domain/errors.js';
import { OrganizationDirectory } from '../../../src/domain/organizations/organization.directory.js';
import { actorOf, machineOf, userOf } from '../../../src/domain/principal.js';
import { connectionRecord } from '../../support/records.js';

test.each(Object.entries(ERROR_CODES))('the code %s has its category, and a sentence for the public', (code, entry) => {
  const error = new DomainError(code as ErrorCode);
  expect(error).toMatchObject({ code, category: entry.category, message: entry.message, name: 'DomainError' });
  expect(entry.message).toMatch(/^[A-Z].*\.$/);
});

test('a hint stands in the place of the code’s sentence; detail and cause stay private', () => {
  const cause = new Error('private');
  const error = new DomainError('FORBIDDEN', { hint: 'Ask an admin.', detail: 'scope m2m:admin', cause });
  expect(error).toMatchObject({ message: 'Ask an admin.', detail: 'scope m2m:admin', category: 'forbidden' });
  expect(error.cause).toBe(cause);
});

test('an unexpected error becomes INTERNAL and says nothing of itself', () => {
  for (const thrown of [new TypeError('private'), 'private', undefined]) {
    const error = toDomainError(thrown);
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('private');
    expect(error.cause).toBe(thrown);
  }
});

test('a DomainError stays itself', () => {
  const error = new DomainError('NOT_FOUND');
  expect(toDomainError(error)).toBe(error);
});

test('an organisation that is not configured is a fault of ours, with its id for operators only', () => {
  const organizations = new OrganizationDirectory([{ id: 'default', issuer: 'LOCAL' }]);
  expect(organizations.get('default')).toEqual({ id: 'default', issuer: 'LOCAL' });
  expect([organizations.has('default'), organizations.has('other')]).toEqual([true, false]);
  try {
    organizations.get('other');
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'INTERNAL', detail: 'no organisation other is configured' });
    expect((error as Error).message).not.toContain('other');
  }
});

test.each([
  [userOf('SUPER_ADMIN', 'someone', 'default'), ['m2m:introspect', 'm2m:read', 'm2m:admin'], 'user:someone'],
  [userOf('ADMIN', 'someone', 'default'), ['m2m:introspect', 'm2m:read'], 'user:someone'],
  [machineOf(connectionRecord({ clientId: 'lkid_1' }), 'client secret'), ['m2m:introspect'], 'machine:lkid_1'],
  [
    machineOf(connectionRecord({ id: 'con_1', authenticationType: 'ACCESS_KEY' }), 'access key'),
    ['m2m:introspect'],
    'machine:con_1',
  ],
] as const)('the principal %o may do %j and is logged as %s', (principal, scopes, actor) => {
  expect(principal.scopes).toEqual(scopes);
  expect(actorOf(principal)).toBe(actor);
});
