import type { Secret } from '../../lib/secrets.js';

/**
 * What a client secret is digested with: a digest that is moved to another client's or organisation's row fits
 * nothing there.
 */
export function clientSecretMaterial(organizationId: string, clientId: string, secret: Secret): string {
  return `${organizationId}|${clientId}|${secret.reveal()}`;
}
