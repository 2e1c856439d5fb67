// type-graphql's decorators need reflect-metadata; every file that declares types imports directives.ts.
import 'reflect-metadata';
import { Directive } from 'type-graphql';
import type { Scope } from '../../domain/principal.js';

/**
 * Federation's directives alone express access rules: routers read them in the SDL, and `authorization.ts` enforces
 * them on the finished schema. type-graphql's `@Authorized` would lose an interface field's guard when a type
 * redeclares the field.
 */
export const FEDERATION_LINK = `extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@key", "@shareable", "@authenticated", "@requiresScopes", "@cost", "@listSize", "@tag"]
  )
`;

type Decorator = MethodDecorator & PropertyDecorator & ClassDecorator;

/** Admits only an authenticated caller; on a type, guards each of its fields. */
export const Authenticated = (): Decorator => Directive('@authenticated') as Decorator;

/** Admits only a caller with the scope. */
export const RequiresScope = (scope: Scope): Decorator =>
  Directive(`@requiresScopes(scopes: [["${scope}"]])`) as Decorator;

/**
 * The measured work of a field that asks a store or makes large objects, in plain fields. A field without `@cost`
 * weighs 1. Routers read the weight too.
 */
export const Cost = (weight: number): Decorator => Directive(`@cost(weight: ${weight})`) as Decorator;

/** A list's maximum length. Each list of objects needs it, or PageSize on its page's field. */
export const ListSize = (entriesMax: number): Decorator =>
  Directive(`@listSize(assumedSize: ${entriesMax})`) as Decorator;

/** `first` bounds a page's edges. Composers refuse `assumedSize` beside a default of `first`. */
export const PageSize = (): Decorator =>
  Directive(
    '@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)',
  ) as Decorator;

/** The tag of an argument whose value is a secret, and so must not stand in a URL. */
export const SECRET_TAG = 'secret';

/** Marks an argument whose value is a secret: an operation that has it arrives by POST alone. */
export const SecretValue = (): ParameterDecorator => Directive(`@tag(name: "${SECRET_TAG}")`);

/** A type that other subgraphs may declare too, such as PageInfo. */
export const Shareable = (): Decorator => Directive('@shareable') as Decorator;

/** An entity that other subgraphs refer to by its id. */
export const KeyedById = (): Decorator => Directive('@key(fields: "id")') as Decorator;
