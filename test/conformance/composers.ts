import { composeServices as composeByApollo } from '@apollo/composition';
import { composeServices as composeByTheGuild } from '@theguild/federation-composition';
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from '@wundergraph/composition';
import { type DocumentNode, parse } from 'graphql';

export interface Subgraph {
  readonly name: string;
  readonly sdl: string;
}

/** What a router is given, or why there is nothing to give. */
export interface Composed {
  readonly errors: readonly string[];
  readonly supergraph: DocumentNode;
}

/** Makes one supergraph of subgraphs, as the registry of a router does. */
export interface Composer {
  readonly name: string;
  readonly compose: (subgraphs: readonly Subgraph[]) => Composed;
  /** Whether the supergraph says what fields cost. Cosmo's keeps that beside it. */
  readonly keepsWork: boolean;
}

const EMPTY = parse('type Query { nothing: Boolean }');

function composedOf(errors: readonly { message: string }[] | undefined, sdl: string | undefined): Composed {
  return { errors: (errors ?? []).map(({ message }) => message), supergraph: sdl === undefined ? EMPTY : parse(sdl) };
}

function servicesOf(subgraphs: readonly Subgraph[]) {
  return subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.example`, typeDefs: parse(sdl) }));
}

/** The three that there are for Node. */
export const COMPOSERS: readonly Composer[] = [
  {
    name: '@apollo/composition',
    keepsWork: true,
    compose: (subgraphs) => {
      const { errors, supergraphSdl } = composeByApollo(servicesOf(subgraphs));
      return composedOf(errors, supergraphSdl);
    },
  },
  {
    name: '@theguild/federation-composition',
    keepsWork: true,
    compose: (subgraphs) => {
      const { errors, supergraphSdl } = composeByTheGuild(servicesOf(subgraphs));
      return composedOf(errors, supergraphSdl);
    },
  },
  {
    name: '@wundergraph/composition',
    keepsWork: false,
    compose: (subgraphs) => {
      const federated = federateSubgraphs({
        subgraphs: servicesOf(subgraphs).map(({ typeDefs, ...service }) => ({ ...service, definitions: typeDefs })),
        version: ROUTER_COMPATIBILITY_VERSION_ONE,
      });
      return federated.success
        ? { errors: [], supergraph: federated.federatedGraphAST }
        : composedOf(federated.errors, undefined);
    },
  },
];
