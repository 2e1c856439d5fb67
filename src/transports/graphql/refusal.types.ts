import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { type Refusal, type RefusalCode } from '../../domain/refusal.js';
import { Authenticated } from './directives.js';

const DESCRIPTIONS = {
  code: 'A stable error code to switch on.',
  message: 'What is wrong and how to fix it, for people.',
  path: 'The argument or input field at fault, outermost first, such as ["input", "name"].',
};

@InterfaceType('UserError', {
  description: 'An expected error, returned in a result and not in `errors`.',
  resolveType: ({ code }: { code: RefusalCode }) => REFUSAL_TYPE_OF_CODE[code],
})
export abstract class UserError {
  @Field(() => String, { description: DESCRIPTIONS.code })
  code!: string;

  @Field(() => String, { description: DESCRIPTIONS.message })
  message!: string;

  @Field(() => [String], { nullable: true, description: DESCRIPTIONS.path })
  path?: readonly string[];
}

@Authenticated()
@ObjectType('NameTaken', {
  implements: UserError,
  simpleResolvers: true,
  description:
    'NAME_TAKEN: another connection of the organisation has the name, ignoring letter case and word spacing.',
})
export class NameTaken extends UserError {}

@Authenticated()
@ObjectType('LimitReached', {
  implements: UserError,
  simpleResolvers: true,
  description: 'ACCESS_KEY_LIMIT or OAUTH_LIMIT: the organisation has its maximum of connections of this type.',
})
export class LimitReached extends UserError {
  @Field(() => Int, { description: 'The maximum per organisation: 1 access key connection, 15 OAuth connections.' })
  limit!: number;
}

@Authenticated()
@ObjectType('InvalidInput', {
  implements: UserError,
  simpleResolvers: true,
  description: 'INVALID_INPUT: `path` names the invalid value, `message` says why.',
})
export class InvalidInput extends UserError {}

@Authenticated()
@ObjectType('NotFound', {
  implements: UserError,
  simpleResolvers: true,
  description: "NOT_FOUND: the organisation has no such object. Another organisation's object gets the same answer.",
})
export class NotFound extends UserError {}

/** The schema type of each refusal code. */
export const REFUSAL_TYPE_OF_CODE: Record<RefusalCode, string> = {
  NAME_TAKEN: 'NameTaken',
  ACCESS_KEY_LIMIT: 'LimitReached',
  OAUTH_LIMIT: 'LimitReached',
  INVALID_INPUT: 'InvalidInput',
  NOT_FOUND: 'NotFound',
};

/** A union's type resolver: a refusal's code names its type; any other result is the success type. */
export function resolveResultType(success: string): (result: object | Refusal) => string {
  return (result) => ('code' in result && 'message' in result ? REFUSAL_TYPE_OF_CODE[result.code] : success);
}
