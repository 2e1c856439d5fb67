import type { Organization, UpstreamOrganization } from '../organizations/organization.js';
import { invalidInput, Refusal } from '../refusal.js';
import type { TenantFailure, TenantPort } from '../tenants/tenant.port.js';
import type { LinkedCredential } from './connection.input.js';

/** A tenant's verdict on a credential before its linking. */
export type LinkVerdict = 'accepted' | 'unchecked' | Refusal;

/** The refusal of a new secret in an organisation whose tenant makes the secrets. */
export const MADE_BY_TENANT =
  'The tenant makes this secret. Make a new one in its console and give it with replaceUpstreamCredential.';

/** The warning with a credential that the tenant could not check. */
const UNCHECKED =
  'The tenant could not be reached, so the credential was saved unchecked. If calls are refused, replace it.';

/** Checks a create's linked credential, if any: a tenant's refusal refuses the create, and silence adds a warning. */
export async function checkFirstLink(
  tenants: TenantPort,
  organization: Organization,
  linked: LinkedCredential | undefined,
): Promise<{ readonly warning: string | undefined } | Refusal> {
  if (organization.issuer === 'LOCAL' || linked === undefined) return { warning: undefined };
  const verdict = await checkLink(tenants, organization, linked);
  if (verdict instanceof Refusal) return verdict;
  return { warning: verdict === 'unchecked' ? UNCHECKED : undefined };
}

/** Asks the tenant once whether it accepts a credential. */
export async function checkLink(
  tenants: TenantPort,
  { tenantUrl }: UpstreamOrganization,
  { clientId, secret }: LinkedCredential,
): Promise<LinkVerdict> {
  const answer = await (clientId === undefined
    ? tenants.checkAccessKey(tenantUrl, secret)
    : tenants.requestToken(tenantUrl, clientId, secret));
  if (answer.outcome === 'ISSUED' || answer.outcome === 'ACCEPTED') return 'accepted';
  return verdictOf(answer, secretFieldOf(clientId));
}

function verdictOf(failure: TenantFailure, field: string): LinkVerdict {
  if (failure.outcome !== 'REFUSED') return 'unchecked';
  return failure.because === 'ADDRESS'
    ? invalidInput("The tenant's list of trusted addresses lacks the gateway's. Add it there, then try again.", field)
    : invalidInput('The tenant does not accept this credential. Copy it anew from its console.', field);
}

/** The input field of the secret: a client's or an access key. */
export function secretFieldOf(clientId: string | undefined): 'clientSecret' | 'accessKey' {
  return clientId === undefined ? 'accessKey' : 'clientSecret';
}
