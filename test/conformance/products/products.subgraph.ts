import { isDeepStrictEqual } from 'node:util';
import { DirectiveLocation, GraphQLDirective, type GraphQLSchema } from 'graphql';
import { Arg, buildSchema, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { buildSubgraph, type ReferenceResolver } from '../../../src/transports/graphql/subgraph.js';
import { DEPRECATED_PRODUCT, PRODUCTS, RESEARCH, USER } from './product.data.js';
import { DeprecatedProduct, Inventory, Product, User } from './product.types.js';

/** The suite knows the directives of federation 2.3 and none that is newer. */
const LINKS = `extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.3"
    import: [
      "@composeDirective", "@extends", "@external", "@inaccessible", "@interfaceObject", "@key", "@override", "@provides",
      "@requires", "@shareable", "@tag"
    ]
  )
  @link(url: "https://myspecs.dev/myCustomDirective/v1.0", import: ["@custom"])
  @composeDirective(name: "@custom")
`;

@Resolver()
class ProductResolver {
  @Query(() => Product, { nullable: true })
  product(@Arg('id', () => ID) id: string): Product | undefined {
    return PRODUCTS.find((product) => product.id === id);
  }

  @Query(() => DeprecatedProduct, { nullable: true, deprecationReason: 'Use product query instead' })
  deprecatedProduct(
    @Arg('sku', () => String) sku: string,
    @Arg('package', () => String) packageName: string,
  ): DeprecatedProduct | null {
    return deprecatedProductOf({ sku, package: packageName });
  }
}

@Resolver(() => User)
class UserResolver {
  @Directive('@requires(fields: "totalProductsCreated yearsOfEmployment")')
  @FieldResolver(() => Int, { nullable: true })
  averageProductsCreatedPerYear(@Root() { totalProductsCreated, yearsOfEmployment }: User): number | null {
    return totalProductsCreated === null ? null : Math.round(totalProductsCreated / yearsOfEmployment);
  }
}

/** What a router refers to: the fields of one of the keys, and those that a field of ours requires. */
type Reference = Readonly<Record<string, unknown>>;

/** Whether `object` has everything that the reference says, by whichever key. */
function isMeantBy(reference: Reference, object: object): boolean {
  return Object.entries(reference).every(([name, value]) => {
    const own = (object as Reference)[name];
    if (name === '__typename') return true;
    if (typeof value !== 'object' || value === null) return isDeepStrictEqual(own, value);
    return own !== null && typeof own === 'object' && isMeantBy(value as Reference, own);
  });
}

function deprecatedProductOf(reference: Reference): DeprecatedProduct | null {
  return isMeantBy(reference, DEPRECATED_PRODUCT) ? DEPRECATED_PRODUCT : null;
}

const REFERENCES: Readonly<Record<string, ReferenceResolver<Reference, unknown>>> = {
  DeprecatedProduct: deprecatedProductOf,
  Inventory: ({ id }) => (id === 'apollo-oss' ? { id, deprecatedProducts: [DEPRECATED_PRODUCT] } : null),
  Product: (reference) => PRODUCTS.find((product) => isMeantBy(reference, product)),
  ProductResearch: (reference) => RESEARCH.find((research) => isMeantBy(reference, research)),
  // What is external comes with the reference, where a field of ours requires it.
  User: ({ __typename, ...reference }) => (reference.email === USER.email ? { ...USER, ...reference } : null),
};

/** The subgraph that the suite asks for, on the gateway's own way from type-graphql to Apollo. */
export async function buildProducts(): Promise<GraphQLSchema> {
  const declared = await buildSchema({
    resolvers: [ProductResolver, UserResolver],
    orphanedTypes: [Inventory],
    directives: [new GraphQLDirective({ name: 'custom', locations: [DirectiveLocation.OBJECT] })],
    validate: false,
  });
  return buildSubgraph(declared, LINKS, REFERENCES);
}
