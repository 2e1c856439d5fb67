import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { SECRET_TAG } from './directives.js';

/** Finds the first argument of a valid document that the schema tags as a secret, as `field(argument:)`. */
export function createSecretArguments(schema: GraphQLSchema): (document: DocumentNode) => string | undefined {
  return (document) => {
    const info = new TypeInfo(schema);
    let found: string | undefined;
    const visitor = visitWithTypeInfo(info, {
      Argument({ name }) {
        if (isSecret(info.getArgument())) found ??= `${info.getFieldDef()?.name}(${name.value}:)`;
      },
    });
    visit(document, visitor);
    return found;
  };
}

function isSecret(argument: GraphQLArgument | null | undefined): boolean {
  return (argument?.astNode?.directives ?? []).some(
    ({ name, arguments: [tag] = [] }) =>
      name.value === 'tag' && tag?.value.kind === 'StringValue' && tag.value.value === SECRET_TAG,
  );
}
