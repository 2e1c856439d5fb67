import type { Inhabitants, OrganizationId, Sessions } from './population.js';
import type { World } from './world.js';

const NOBODY = { connectionId: 'con_0', clientId: 'lkid_0', secret: 'none' };

export const NO_SESSIONS: Sessions = {
  ADMIN: 'none',
  SUPER_ADMIN: 'none',
  unheard: 'none',
  departing: ['none', 'none'],
  ended: 'none',
};

function nobodyOf(organizationId: OrganizationId): Inhabitants {
  const bearers = { ADMIN: 'none', SUPER_ADMIN: 'none' };
  return {
    organizationId,
    oauth: NOBODY,
    accessKey: NOBODY,
    token: 'none',
    shared: 'none',
    bearers,
    signInCode: 'none',
    foreignCode: 'none',
    sessions: NO_SESSIONS,
  };
}

/** For documents that are written before there is anybody to write of. */
export const placeholderWorld: World = {
  url: 'http://127.0.0.1',
  inhabitants: { default: nobodyOf('default'), other: nobodyOf('other') },
  marker: 'placeholder0placeholder0',
  documents: new Map(),
};
