import { Field, ID, ObjectType } from 'type-graphql';
import { AuditEventType } from './audit.types.js';
import { ConnectionInterface, type GraphqlConnection } from './connection.types.js';
import { Authenticated } from './directives.js';

@Authenticated()
@ObjectType('ConnectionEvent', {
  simpleResolvers: true,
  description: 'News of a connection that was created, changed or deleted.',
})
export class ConnectionEvent {
  @Field(() => ID, { description: "The connection's identifier." })
  connectionId!: string;

  @Field(() => ConnectionInterface, {
    nullable: true,
    description: 'The connection as it is now; null if it was deleted.',
  })
  connection!: GraphqlConnection | null;

  @Field(() => AuditEventType, { description: 'The newest recorded change of the connection.' })
  change!: AuditEventType;
}
