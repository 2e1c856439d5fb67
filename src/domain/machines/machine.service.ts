import type { Clock } from '../../lib/clock.js';
import { Secret } from '../../lib/secrets.js';
import type { Client } from '../connections/connection.js';
import type { LimitService } from '../limits/limit.service.js';
import type { Standing } from '../limits/standing.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Organization } from '../organizations/organization.js';
import type { Principal } from '../principal.js';
import type { AccessToken } from '../tokens/access-token.js';
import type { Introspection } from '../tokens/introspection.js';
import type { RecalledToken, TokenLookup } from '../tokens/token.lookup.js';
import type { IssuedToken, TokenService } from '../tokens/token.service.js';
import type { UpstreamIntrospection } from '../tokens/upstream-introspection.js';
import type { UsageRecorder } from '../usage/usage.recorder.js';

/** Receives the caller's standing once the request counts; `counted` where the transport counted it before. */
export type Counting = ((standing: Standing) => void) | 'counted';

const INACTIVE: Introspection = { active: false };

/**
 * The one entry for machines. A transport reads the request, authenticates the caller, calls one method and prints the
 * answer. A method checks the organisation, its issuer and its limits, in this order, and notes the use.
 */
export class MachineService {
  readonly #organizations: OrganizationDirectory;
  readonly #tokens: TokenService;
  readonly #lookup: TokenLookup;
  readonly #upstream: UpstreamIntrospection;
  readonly #limits: LimitService;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;
  readonly #counts = { issued: 0, active: 0, inactive: 0, repeated: 0 };

  constructor(parts: {
    organizations: OrganizationDirectory;
    tokens: TokenService;
    lookup: TokenLookup;
    upstream: UpstreamIntrospection;
    limits: LimitService;
    usage: UsageRecorder;
    clock: Clock;
  }) {
    this.#organizations = parts.organizations;
    this.#tokens = parts.tokens;
    this.#lookup = parts.lookup;
    this.#upstream = parts.upstream;
    this.#limits = parts.limits;
    this.#usage = parts.usage;
    this.#clock = parts.clock;
  }

  /** Since the start: tokens issued, and introspections; `repeated` are those that memory alone proved active. */
  get counts(): Readonly<Record<'issued' | 'active' | 'inactive' | 'repeated', number>> {
    return this.#counts;
  }

  /** Issues a new token each time, durable when the promise resolves. @throws as LimitService.countCalls */
  async issue(client: Client, counting: Counting): Promise<IssuedToken> {
    await this.#count(client.organizationId, counting);
    const issued = await this.#tokens.issue(client);
    this.#counts.issued++;
    return issued;
  }

  /**
   * Says whether `presented` is a live token of the caller's organisation, and describes a live token. The
   * organisation's tenant may know any other token; a calling client asks the tenant in its own name.
   * @throws as LimitService.countCalls; DomainError TEMPORARILY_UNAVAILABLE, UPSTREAM_REFUSED where nobody can tell
   */
  async introspect(caller: Principal, presented: string, counting: Counting): Promise<Introspection> {
    const organization = this.#organizations.get(caller.organizationId);
    // The look-up and the count share one round trip.
    const counted = this.#count(organization.id, counting);
    const [found] = await Promise.all([this.#find(organization, caller, presented), counted]);
    this.#counts[found.active ? 'active' : 'inactive']++;
    return found;
  }

  /** What memory alone proves of `presented` to the organisation; undefined where memory cannot tell. */
  recall(organizationId: string, presented: string): RecalledToken | undefined {
    const recalled = this.#lookup.recall(new Secret(presented));
    const { id, issuer } = this.#organizations.get(organizationId);
    // The tenant may know a token that the stores do not.
    const isOurs = recalled?.token === null ? issuer === 'LOCAL' : recalled?.token.organizationId === id;
    return isOurs ? recalled : undefined;
  }

  /**
   * Counts a repeated introspection, where memory alone proves that its answer is still the same. Undefined, with
   * nothing counted, where memory does not. @throws as LimitService.countCalls
   */
  introspectAgain(organizationId: string, recalled: RecalledToken): Standing | Promise<Standing> | undefined {
    if (!this.#lookup.isCurrent(recalled)) return undefined;
    const { token } = recalled;
    if (token !== null) this.#noteUse(token);
    this.#counts[token === null ? 'inactive' : 'repeated']++;
    return this.#limits.countCalls(organizationId, 1);
  }

  /**
   * Revokes one token at once; a token unknown to the organisation gives the same outcome (RFC 7009 section 2.2).
   * Revoking is management: it works when the organisation's calls are used up.
   * @throws as LimitService.countManagement, TokenService.revoke
   */
  async revoke(caller: Principal, presented: Secret, counting: Counting): Promise<void> {
    if (counting !== 'counted') counting(await this.#limits.countManagement(caller, 1));
    await this.#tokens.revoke(caller, presented);
  }

  async #find({ id, issuer }: Organization, caller: Principal, presented: string): Promise<Introspection> {
    const token = await this.#lookup.findLive(new Secret(presented));
    if (token !== undefined) {
      // Another organisation's token is inactive here: RFC 7662 section 4 warns of token scanning.
      if (token.organizationId !== id) return INACTIVE;
      this.#noteUse(token);
      return { active: true, token };
    }
    if (issuer === 'LOCAL') return INACTIVE;
    const clientId = caller.role === 'MACHINE' ? caller.clientId : undefined;
    const theirs = await this.#upstream.introspect(id, presented, clientId);
    return theirs === undefined ? INACTIVE : { active: true, token: theirs };
  }

  #count(organizationId: string, counting: Counting): undefined | Promise<void> {
    if (counting === 'counted') return undefined;
    const standing = this.#limits.countCalls(organizationId, 1);
    if (standing instanceof Promise) return standing.then(counting);
    counting(standing);
    return undefined;
  }

  #noteUse({ id, connectionId }: AccessToken): void {
    this.#usage.tokenUsed(id, connectionId, this.#clock.now());
  }
}
