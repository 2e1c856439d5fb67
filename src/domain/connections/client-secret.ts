import type { Secret } from '../../lib/secrets.js';

/** The input of a client secret's digest, which matches nothing in another client's or organisation's row. */
export function clientSecretMaterial(organizationId: string, clientId: string, secret: Secret): string {
  return `${organizationId}|${clientId}|${secret.reveal()}`;
}
