import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { CALL_POLICIES_MAX, type PolicyStanding } from '../../domain/limits/standing.js';
import { Authenticated, ListSize } from './directives.js';

@Authenticated()
@ObjectType('RateLimitPolicy', {
  simpleResolvers: true,
  description: 'One limit, and how the organisation stands with it.',
})
export class RateLimitPolicy {
  @Field(() => String, { description: 'Which: `minute` or `day`.' })
  name!: string;

  @Field(() => Int, { description: 'How many calls it admits in its window.' })
  limit!: number;

  @Field(() => Int, { description: 'How long its window is, in seconds.' })
  windowSeconds!: number;

  @Field(() => Int, { description: 'How many more it admits now.' })
  remaining!: number;

  @Field(() => GraphQLDateTime, { description: 'When it will admit more than that; where nothing is used, now.' })
  resetsAt!: Date;
}

@Authenticated()
@ObjectType('RateLimit', { simpleResolvers: true, description: 'How the organisation stands with its calls.' })
export class RateLimit {
  @ListSize(CALL_POLICIES_MAX)
  @Field(() => [RateLimitPolicy], { description: 'Each of its limits; none where nothing is counted.' })
  policies!: RateLimitPolicy[];
}

export function toRateLimitPolicy(policy: PolicyStanding, now: number): RateLimitPolicy {
  const { name, limit, windowSeconds, remaining, resetsInMs } = policy;
  return { name, limit, windowSeconds, remaining, resetsAt: new Date(Math.ceil(now + resetsInMs)) };
}
