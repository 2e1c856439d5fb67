import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { type Refusal, type RefusalCode } from '../../domain/refusal.js';
import { Authenticated } from './directives.js';

const DESCRIPTIONS = {
  code: 'What was wrong, as a stable word to switch on.',
  message: 'What was wrong and what to do, in a sentence for people.',
  path: 'The argument or input field at fault, outermost first.',
};

@InterfaceType('UserError', {
  description: 'An expected refusal: part of a result, not of `errors`.',
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
    'NAME_TAKEN: another connection of the organisation has the name, in whatever letter case and with whatever spaces between words.',
})
export class NameTaken extends UserError {}

@Authenticated()
@ObjectType('LimitReached', {
  implements: UserError,
  simpleResolvers: true,
  description:
    'ACCESS_KEY_LIMIT or OAUTH_LIMIT: the organisation has all the connections of this kind that it may have.',
})
export class LimitReached extends UserError {
  @Field(() => Int, { description: 'How many the organisation may have: 1 access key, 15 OAuth connections.' })
  limit!: number;
}

@Authenticated()
@ObjectType('InvalidInput', {
  implements: UserError,
  simpleResolvers: true,
  description: 'INVALID_INPUT: a value is not acceptable; `path` says which, `message` why.',
})
export class InvalidInput extends UserError {}

@Authenticated()
@ObjectType('NotFound', {
  implements: UserError,
  simpleResolvers: true,
  description: "NOT_FOUND: there is no such thing in the organisation. Another organisation's is this same answer.",
})
export class NotFound extends UserError {}

/** Which type of the schema shows a refusal. */
export const REFUSAL_TYPE_OF_CODE: Record<RefusalCode, string> = {
  NAME_TAKEN: 'NameTaken',
  ACCESS_KEY_LIMIT: 'LimitReached',
  OAUTH_LIMIT: 'LimitReached',
  INVALID_INPUT: 'InvalidInput',
  NOT_FOUND: 'NotFound',
};

/** Makes a union's type resolver: a refusal goes by its code, anything else is the success. */
export function resolveResultType(success: string): (result: object | Refusal) => string {
  return (result) => ('code' in result && 'message' in result ? REFUSAL_TYPE_OF_CODE[result.code] : success);
}
