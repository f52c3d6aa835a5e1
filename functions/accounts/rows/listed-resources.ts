import { mergeSources, type Ordered } from '../../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../../shared/dynamodb/page.ts';
import type { Range, Slice } from '../../../shared/dynamodb/table.ts';

/** Lists of everything within reach: of one organization, of it and its children, or of all. */

/** The organizations whose resources a list has. */
export type ListedOrganizations =
  { readonly kind: 'one' } | { readonly kind: 'children'; readonly parent: number } | { readonly kind: 'all' };

type Asking = {
  readonly asked: { readonly query: Readonly<Record<string, unknown>> };
  readonly caller: { readonly reach: string; readonly organization: number };
};

/** Those of the organization that the query names, else of all that the caller reaches. */
export function listedOrganizations({ asked, caller }: Asking): ListedOrganizations {
  const isNamed = ['org_id', 'orgId', 'organization_id'].some((name) => asked.query[name] !== undefined);
  if (isNamed || caller.reach === 'own') return { kind: 'one' };
  return caller.reach === 'all' ? { kind: 'all' } : { kind: 'children', parent: caller.organization };
}

/** The partitions of a list, each newest first by id. */
export type ListedPartitions<Item> = {
  readonly own: Ordered<Item> & ((range: Range) => Promise<Slice<Item>>);
  readonly below: (parent: number) => Ordered<Item>;
  readonly all: (range: Range) => Promise<Slice<Item>>;
};

/** Sorts after every id. */
const lastKey = '\uffff';

/** A page of the resources of these organizations. */
export function readListed<Item extends { readonly id: string }>(
  request: PageRequest,
  listed: ListedOrganizations,
  { own, below, all }: ListedPartitions<Item>,
  keep: (item: Item) => boolean,
): Promise<Page<Item>> {
  switch (listed.kind) {
    case 'one':
      return readPage(request, { read: own, keep });
    case 'all':
      return readPage(request, { read: all, keep });
    case 'children':
      return readPage(request, {
        read: mergeSources<Item>([own, below(listed.parent)], {
          keyOf: ({ id }) => id,
          order: 'desc',
          between: ['', lastKey],
        }),
        keep,
      });
  }
}
