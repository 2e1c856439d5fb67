import { newId } from '../../lib/ids.js';
import { actorOf, type Principal } from '../principal.js';

export const AUDIT_ACTIONS = [
  'connection.created',
  'connection.renamed',
  'connection.disabled',
  'connection.enabled',
  'connection.deleted',
  'connection.secret_regenerated',
  'connection.reset_after_leak',
  'connection.tokens_revoked',
  'connection.allowed_cidrs_set',
  'connection.upstream_credential_replaced',
  'token.issued',
  'token.revoked',
  'user.signed_in',
  'user.signed_out',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One change: who did what to which thing. Holds names and ids, never a secret. */
export interface AuditEvent {
  readonly id: string;
  readonly organizationId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `user:<subject>` or `machine:<client id>`. */
  readonly actor: string;
  readonly action: AuditAction;
  /** The id of the changed connection, token or user. */
  readonly target: string;
  readonly outcome: 'success';
  readonly detail: string | undefined;
}

/** An event with its place in its organisation's log: 1, 2, 3, … without a gap. */
export interface RecordedAuditEvent extends AuditEvent {
  readonly sequence: number;
}

export function createAuditEvent(
  principal: Principal,
  action: AuditAction,
  target: string,
  at: number,
  detail?: string,
): AuditEvent {
  const { organizationId } = principal;
  return {
    id: newId('aud'),
    organizationId,
    at,
    actor: actorOf(principal),
    action,
    target,
    outcome: 'success',
    detail,
  };
}
