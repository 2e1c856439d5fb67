import { Field, ObjectType } from 'type-graphql';
import type { Page } from '../../domain/page.js';
import { Shareable } from './directives.js';

/** Routers merge every subgraph's PageInfo, so a rule here would guard the other subgraphs' pages too. */
@Shareable()
@ObjectType('PageInfo', { simpleResolvers: true, description: 'Pagination details of a page.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more entries follow `endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The last entry's cursor: pass it as `after` for the next page. Null if the page is empty.",
  })
  endCursor!: string | null;

  @Field(() => Boolean, { description: 'Whether entries precede this page, as they do when `after` is given.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "The first entry's cursor. Null if the page is empty." })
  startCursor!: string | null;
}

/** A page in the shape of the Relay specification. */
export interface GraphqlPage<Node> {
  readonly edges: readonly { readonly node: Node; readonly cursor: string }[];
  readonly pageInfo: PageInfo;
}

export function toGraphqlPage<Entry, Node>(page: Page<Entry>, toNode: (entry: Entry) => Node): GraphqlPage<Node> {
  return {
    edges: page.entries.map(({ node, cursor }) => ({ node: toNode(node), cursor })),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      endCursor: page.entries.at(-1)?.cursor ?? null,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: page.entries[0]?.cursor ?? null,
    },
  };
}
