import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import type { RecordedAuditEvent } from '../../domain/audit/audit-event.js';
import { Authenticated } from './directives.js';
import { PageInfo } from './page.types.js';

@Authenticated()
@ObjectType('AuditEvent', { simpleResolvers: true, description: 'One change: who did what to which thing.' })
export class AuditEventType {
  @Field(() => ID, { description: 'Names the event.' })
  id!: string;

  @Field(() => GraphQLDateTime, { description: 'When it happened.' })
  at!: Date;

  @Field(() => String, { description: 'Who did it: `user:…` or `machine:…`.' })
  actor!: string;

  @Field(() => String, { description: 'What was done, such as connection.created.' })
  action!: string;

  @Field(() => ID, { nullable: true, description: 'The connection, token or user that it was done to.' })
  target!: string | null;

  @Field(() => String, { description: 'What came of it: success.' })
  outcome!: string;

  @Field(() => String, { nullable: true, description: 'More, for people; never a secret.' })
  detail!: string | null;
}

@Authenticated()
@ObjectType('AuditEventEdge', { simpleResolvers: true, description: 'An event in a page.' })
export class AuditEventEdge {
  @Field(() => AuditEventType, { description: 'The event.' })
  node!: AuditEventType;

  @Field(() => String, { description: 'Its place: `after` of a page that begins behind it.' })
  cursor!: string;
}

@Authenticated()
@ObjectType('AuditEventPage', { simpleResolvers: true, description: 'A page of the audit log, newest first.' })
export class AuditEventPage {
  @Field(() => [AuditEventEdge], { description: 'The events.' })
  edges!: AuditEventEdge[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

export function toGraphqlAuditEvent(event: RecordedAuditEvent): AuditEventType {
  const { id, at, actor, action, target, outcome, detail } = event;
  return { id, at: new Date(at), actor, action, target, outcome, detail: detail ?? null };
}
