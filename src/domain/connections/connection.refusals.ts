import { Refusal } from '../refusal.js';
import { ACCESS_KEYS_MAX, OAUTH_CONNECTIONS_MAX } from './connection.js';
import type { Uniqueness } from './uniqueness.error.js';

/** The refusal that a super admin sees where a constraint refused a change. */
export function refusalOfUniqueness(uniqueness: Uniqueness): Refusal {
  switch (uniqueness) {
    case 'connection_name':
      return new Refusal('NAME_TAKEN', 'Another connection of the organisation has this name. Choose another.', {
        path: ['name'],
      });
    case 'access_key':
      return new Refusal(
        'ACCESS_KEY_LIMIT',
        'The organisation has its one access key. Regenerate or delete that one.',
        {
          path: ['authenticationType'],
          limit: ACCESS_KEYS_MAX,
        },
      );
    case 'oauth_slot':
      return new Refusal('OAUTH_LIMIT', `The organisation has all of its ${OAUTH_CONNECTIONS_MAX} OAuth connections.`, {
        path: ['authenticationType'],
        limit: OAUTH_CONNECTIONS_MAX,
      });
    case 'client_id':
      return new Refusal('INVALID_INPUT', 'This client is linked already. Delete that connection first.', {
        path: ['clientId'],
      });
    // An access key alone identifies a machine, so it is one connection's. A client secret's digest is its client's.
    case 'secret':
      return new Refusal('INVALID_INPUT', 'This access key is linked already. Delete that connection first.', {
        path: ['accessKey'],
      });
  }
}
