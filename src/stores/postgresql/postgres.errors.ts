import { DomainError } from '../../domain/errors.js';
import { StartupError } from '../../lib/startup-error.js';

/** PostgreSQL cannot be used; the message says why and what to do. */
export class DatabaseUnreachableError extends StartupError {}

/** Codes, or whole classes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNAVAILABLE = /^(08|53|57|58)|^(25006|25P03|55P03|25P04)$/;
/** pg's words, without a code, where the server wants a password and the URL has none. */
const NO_PASSWORD = /client password must be/;
/** Node's codes for sockets, name resolution and socket files. Its other codes are our mistakes. */
const NETWORK = new Set([
  ...['EACCES', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ECONNABORTED', 'ECONNREFUSED'],
  ...['ECONNRESET', 'EHOSTDOWN', 'EHOSTUNREACH', 'EMFILE', 'ENETDOWN', 'ENETRESET', 'ENETUNREACH', 'ENFILE', 'ENOBUFS'],
  ...['ENOENT', 'ENOTCONN', 'ENOTFOUND', 'EPIPE', 'EPROTO', 'ETIMEDOUT'],
  ...['ERR_SOCKET_CLOSED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'],
]);
/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and OpenSSL's codes for the protocol. */
const TLS =
  /^(CERT_|CRL_|DEPTH_ZERO_|ERROR_IN_|HOSTNAME_MISMATCH$|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|ERR_TLS_(CERT|HANDSHAKE))/;
/** pg has no codes for these. */
const NO_TLS = /does not support SSL/;
const PG_MESSAGES =
  /timeout|Connection terminated|not queryable|closed|Cannot use a pool after calling end|has encountered a connection error/i;

/** The server ended the connection: by an admin, after a crash, or as idle for too long. */
const ENDED = new Set(['57P01', '57P02', '57P05', 'ECONNRESET', 'EPIPE']);
const PG_ENDED = /Connection terminated|not queryable/;
/** pgbouncer's one code for whatever it refuses; only its message tells a wrong login from a missing database. */
const POOLERS_CODE = '08P01';

const EXAMPLE_URL = 'postgres://user:password@host:5432/database';
export const READ_ONLY =
  'The database of DATABASE_URL is read-only. Point DATABASE_URL to the primary, or turn off default_transaction_read_only for its user.';

const PERHAPS_MADE = 'The database gave no answer in time. The change may have been made: look before you try again.';

/**
 * Asks the server; rethrows our faults unchanged. A commit without an answer may have taken effect, and its error says so.
 * @throws DomainError TEMPORARILY_UNAVAILABLE where no answer comes
 */
export async function orUnavailable<T>(run: () => Promise<T>, isCommit = false): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isUnavailable(error) && !isUntrusted(error)) throw error;
    throw new DomainError('TEMPORARILY_UNAVAILABLE', { cause: error, ...(isCommit && { hint: PERHAPS_MADE }) });
  }
}

/** A DatabaseUnreachableError for a server that does not let us in; other errors, our faults, stay as they are. */
export function explainPostgres(error: unknown): unknown {
  const cause = error instanceof DomainError ? error.cause : error;
  const { code, message } = cause as { code?: string; message: string };
  const why = code === undefined || code === POOLERS_CODE ? message : code;
  if (isUntrusted(cause)) {
    const remedy = NO_TLS.test(message)
      ? 'Turn on ssl in PostgreSQL, or take sslmode out of the URL.'
      : 'Give PostgreSQL a valid certificate for its host, or name the authority that signed it: postgres://user:password@host:5432/database?sslmode=verify-full&sslrootcert=/path/to/ca.pem.';
    return new DatabaseUnreachableError(
      `No secure connection to the database of DATABASE_URL can be made (${why}). ${remedy}`,
      { cause },
    );
  }
  const refusal = explainRefusal(String(code), message);
  if (refusal !== undefined) return new DatabaseUnreachableError(refusal, { cause });
  if (!isUnavailable(cause)) return error;
  return new DatabaseUnreachableError(
    `The database of DATABASE_URL cannot be used (${why}). Start PostgreSQL, or mend the URL: ${EXAMPLE_URL}.`,
    { cause },
  );
}

/** Whether a query had no answer because its connection was ended: at once, where a time-out has let its caller wait. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DomainError)) return false;
  const { code, message } = error.cause as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? ENDED.has(code) : PG_ENDED.test(String(message));
}

/** What a server says that answers and refuses us. Its own messages name users, databases and hosts, never a password. */
function explainRefusal(code: string, message: string): string | undefined {
  if (NO_PASSWORD.test(message)) {
    return `PostgreSQL asks for a password, and DATABASE_URL has none. Add it: ${EXAMPLE_URL}.`;
  }
  if (code === '28P01') {
    return `PostgreSQL refuses the user or the password of DATABASE_URL (28P01). Mend the URL: ${EXAMPLE_URL}; or create the role, or set its password.`;
  }
  if (code.startsWith('28')) {
    return `PostgreSQL does not let the user of DATABASE_URL in (${message}). Create the role with the right to log in, allow it in pg_hba.conf, or mend the URL: ${EXAMPLE_URL}.`;
  }
  if (code.startsWith('3D')) {
    return `PostgreSQL has no database of the name in DATABASE_URL (${code}). Create it, or mend the URL: ${EXAMPLE_URL}.`;
  }
  if (code === '53300') {
    return `PostgreSQL has no connection left for us (${message}). Raise its max_connections, or lower LATCHKEY_DATABASE_CONNECTIONS.`;
  }
  if (code === '42501') {
    return `PostgreSQL denies the user of DATABASE_URL what Latchkey needs (${message}). Grant it, or mend the URL: ${EXAMPLE_URL}.`;
  }
  return code === '25006' ? READ_ONLY : undefined;
}

function isUnavailable(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return UNAVAILABLE.test(code) || NETWORK.has(code);
  return typeof message === 'string' && PG_MESSAGES.test(message);
}

function isUntrusted(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return TLS.test(code);
  return typeof message === 'string' && NO_TLS.test(message);
}
