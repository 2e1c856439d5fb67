import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { CALL_POLICIES_MAX, type PolicyStanding } from '../../domain/limits/standing.js';
import { Authenticated, ListSize } from './directives.js';

@Authenticated()
@ObjectType('RateLimitPolicy', {
  simpleResolvers: true,
  description: 'A rate limit and what remains of it.',
})
export class RateLimitPolicy {
  @Field(() => String, { description: "The policy's name: `minute` or `day`." })
  name!: string;

  @Field(() => Int, { description: 'How many calls the window admits.' })
  limit!: number;

  @Field(() => Int, { description: "The window's length in seconds." })
  windowSeconds!: number;

  @Field(() => Int, { description: 'How many more calls the window admits now.' })
  remaining!: number;

  @Field(() => GraphQLDateTime, { description: 'When `remaining` next grows; now if nothing is used.' })
  resetsAt!: Date;
}

@Authenticated()
@ObjectType('RateLimit', { simpleResolvers: true, description: "The organisation's rate limits." })
export class RateLimit {
  @ListSize(CALL_POLICIES_MAX)
  @Field(() => [RateLimitPolicy], { description: 'The rate limits; empty if calls are not counted.' })
  policies!: RateLimitPolicy[];
}

export function toRateLimitPolicy(policy: PolicyStanding, now: number): RateLimitPolicy {
  const { name, limit, windowSeconds, remaining, resetsInMs } = policy;
  return { name, limit, windowSeconds, remaining, resetsAt: new Date(Math.ceil(now + resetsInMs)) };
}
