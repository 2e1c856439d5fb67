// type-graphql's decorators need it; every file that declares types imports this one.
import 'reflect-metadata';
import { Directive } from 'type-graphql';
import type { Scope } from '../../domain/principal.js';

/**
 * Federation's own directives are the only words for who may see what: routers read them in the SDL, and
 * `authorization.ts` enforces them on the finished schema. type-graphql's `@Authorized` is not used: a guard on an
 * interface's field is lost where a type declares the field anew.
 */
export const FEDERATION_LINK = `extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@key", "@shareable", "@authenticated", "@requiresScopes", "@cost", "@listSize"]
  )
`;

type Decorator = MethodDecorator & PropertyDecorator & ClassDecorator;

/** Only a caller who has proven itself. On a type: each of its fields. */
export const Authenticated = (): Decorator => Directive('@authenticated') as Decorator;

/** Only a caller that has the scope. */
export const RequiresScope = (scope: Scope): Decorator =>
  Directive(`@requiresScopes(scopes: [["${scope}"]])`) as Decorator;

/**
 * How much work a field is that asks a store or makes large objects each time it is resolved: as much as resolving so many
 * others, as measured. One without it counts as one. Routers weigh by it too.
 */
export const Cost = (weight: number): Decorator => Directive(`@cost(weight: ${weight})`) as Decorator;

/** How many entries a list may have at most. Each list of objects needs it, or PageSize on what gives its page. */
export const ListSize = (entriesMax: number): Decorator =>
  Directive(`@listSize(assumedSize: ${entriesMax})`) as Decorator;

/** A page has as many edges as `first` says. It has a default, beside which composers take no `assumedSize`. */
export const PageSize = (): Decorator =>
  Directive(
    '@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)',
  ) as Decorator;

/** A type that other subgraphs may have too, as any that pages its lists has. */
export const Shareable = (): Decorator => Directive('@shareable') as Decorator;

/** A type that other subgraphs may refer to by its id. */
export const KeyedById = (): Decorator => Directive('@key(fields: "id")') as Decorator;
