import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import type { AuditService } from '../../domain/audit/audit.service.js';
import { AuditEventPage, type AuditEventType, toGraphqlAuditEvent } from './audit.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { Cost, PageSize, RequiresScope } from './directives.js';
import { type GraphqlPage, toGraphqlPage } from './page.types.js';

@Resolver()
export class AuditResolver {
  readonly #audit: AuditService;

  constructor(audit: AuditService) {
    this.#audit = audit;
  }

  @RequiresScope('m2m:read')
  @Cost(30)
  @PageSize()
  @Query(() => AuditEventPage, { nullable: true, description: "The organisation's audit log, newest first." })
  async auditEvents(
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: 50,
      description: 'The maximum number of entries, 1 to 100.',
    })
    first: number,
    @Arg('after', () => String, { nullable: true, description: 'Returns the entries after this cursor.' })
    after?: string,
  ): Promise<GraphqlPage<AuditEventType>> {
    const asked = { first: first ?? 50, after: after ?? undefined };
    const page = await context.loaders.read(`audit events ${JSON.stringify(asked)}`, () =>
      this.#audit.list(principalOf(context), asked),
    );
    return toGraphqlPage(page, toGraphqlAuditEvent);
  }
}
