import type { Secret } from '../../lib/secrets.js';

/**
 * The input of a client secret's digest: a digest copied to another client's or organisation's row matches nothing
 * there.
 */
export function clientSecretMaterial(organizationId: string, clientId: string, secret: Secret): string {
  return `${organizationId}|${clientId}|${secret.reveal()}`;
}
