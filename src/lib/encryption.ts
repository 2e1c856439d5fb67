import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from './secrets.js';

/** NIST SP 800-38D section 8.2.2: a random nonce of 96 bits, for at most 2^32 texts under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/**
 * Encrypts under one key of 256 bits. `context` names what the text belongs to: a text moved elsewhere, or changed in
 * any bit, does not open.
 */
export function encrypt(key: Buffer, secret: Secret, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
}

/** The plain text; undefined where `encrypted` was not made under this key for this context. */
export function decrypt(key: Buffer, encrypted: string, context: string): Secret | undefined {
  const bytes = Buffer.from(encrypted, 'base64url');
  // Buffer skips characters outside base64url, so only the exact encoding counts.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== encrypted) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return new Secret(Buffer.concat([text, decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}
