import { randomBytes } from 'node:crypto';
import { KeyRing } from './lib/key-ring.js';
import { StartupError } from './lib/startup-error.js';
import { createWhole } from './lib/whole-file.js';

/** The text of an .env with new secrets for docker-compose.yml; .env.example shows it without them. */
export function secretsText(): string {
  return `# Secrets of docker-compose.yml: keep them out of version control, and this file readable for you alone (chmod 600).
# PostgreSQL takes its password when its volume is made: another one here would no longer open it.

POSTGRES_PASSWORD=${randomBytes(24).toString('hex')}
REDIS_PASSWORD=${randomBytes(24).toString('hex')}
# Nothing that is stored can be proven or decrypted without it: back it up with the database.
LATCHKEY_KEYS=${KeyRing.generate()}

# The URL that clients use.
#LATCHKEY_PUBLIC_URL=https://latchkey.example.com
`;
}

/**
 * Makes the file, which nobody else may read.
 * @throws StartupError if it is there, since its secrets would be lost, or cannot be made
 */
export function createSecretsFile(path: string): void {
  try {
    createWhole(path, secretsText());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      code === 'EEXIST'
        ? `${path} is there, and stays as it is: what is stored opens with its secrets alone. Name another file, or move it away.`
        : `${path} cannot be made (${code}). Name a file in a directory that this user may write to.`,
    );
  }
}
