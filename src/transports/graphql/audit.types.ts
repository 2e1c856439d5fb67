import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { AUDIT_ACTIONS, type RecordedAuditEvent } from '../../domain/audit/audit-event.js';
import { Authenticated } from './directives.js';
import { PageInfo } from './page.types.js';

@Authenticated()
@ObjectType('AuditEvent', { simpleResolvers: true, description: 'A recorded change: who did what to which object.' })
export class AuditEventType {
  @Field(() => ID, { description: "The event's identifier." })
  id!: string;

  @Field(() => GraphQLDateTime, { description: 'When the change happened.' })
  at!: Date;

  @Field(() => String, { description: 'Who made the change: `user:…` or `machine:…`.' })
  actor!: string;

  @Field(() => String, { description: `The kind of change; more may come: ${AUDIT_ACTIONS.join(', ')}.` })
  action!: string;

  @Field(() => ID, { nullable: true, description: 'The changed connection, token or user.' })
  target!: string | null;

  @Field(() => String, { description: 'Always success.' })
  outcome!: string;

  @Field(() => String, { nullable: true, description: 'Further detail for people; never a secret.' })
  detail!: string | null;
}

@Authenticated()
@ObjectType('AuditEventEdge', { simpleResolvers: true, description: 'An event in a page.' })
export class AuditEventEdge {
  @Field(() => AuditEventType, { description: 'The event.' })
  node!: AuditEventType;

  @Field(() => String, { description: "The entry's cursor, for `after`." })
  cursor!: string;
}

@Authenticated()
@ObjectType('AuditEventPage', { simpleResolvers: true, description: 'A page of the audit log, newest first.' })
export class AuditEventPage {
  @Field(() => [AuditEventEdge], { description: 'The events.' })
  edges!: AuditEventEdge[];

  @Field(() => PageInfo, { description: 'Pagination details.' })
  pageInfo!: PageInfo;
}

export function toGraphqlAuditEvent(event: RecordedAuditEvent): AuditEventType {
  const { id, at, actor, action, target, outcome, detail } = event;
  return { id, at: new Date(at), actor, action, target, outcome, detail: detail ?? null };
}
