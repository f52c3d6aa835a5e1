import { mergeSources, type Ordered } from './merge.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import type { Range, Slice } from './table.ts';

/** Lists of everything within reach: of one organization, of it and its children, or of all. */

/** The organizations whose resources a list has. */
export type ListedOrganizations =
  | { readonly kind: 'one' }
  | { readonly kind: 'children'; readonly parent: number }
  | { readonly kind: 'all' };

type ListingRequest = {
  readonly asked: { readonly query: Readonly<Record<string, unknown>> };
  readonly caller: { readonly reach: string; readonly organization: number };
};

/** Those of the organization that the query names, else of all that the caller reaches. */
export function listedOrganizations({ asked, caller }: ListingRequest): ListedOrganizations {
  const isNamed = ['org_id', 'orgId', 'organization_id'].some((name) => asked.query[name] !== undefined);
  if (isNamed || caller.reach === 'own') return { kind: 'one' };
  return caller.reach === 'all' ? { kind: 'all' } : { kind: 'children', parent: caller.organization };
}

/** The partitions of a list, each newest first by the id of its items. */
export type ListedPartitions<Item> = {
  readonly own: Ordered<Item> & ((range: Range) => Promise<Slice<Item>>);
  readonly below: (parent: number) => Ordered<Item>;
  readonly all: (range: Range) => Promise<Slice<Item>>;
};

/** Sorts after every id. */
const lastKey = '\uffff';

/** The resources of these organizations. @param idOf by which the partitions are sorted */
export function listedSource<Item>(
  listed: ListedOrganizations,
  { own, below, all }: ListedPartitions<Item>,
  idOf: (item: Item) => string,
): (range: Range) => Promise<Slice<Item>> {
  switch (listed.kind) {
    case 'one':
      return own;
    case 'all':
      return all;
    case 'children':
      return mergeSources<Item>([own, below(listed.parent)], { keyOf: idOf, order: 'desc', between: ['', lastKey] });
  }
}

/** A page of the resources of these organizations. */
export const readListed = <Item extends { readonly id: string }>(
  request: PageRequest,
  listed: ListedOrganizations,
  partitions: ListedPartitions<Item>,
  keep: (item: Item) => boolean,
): Promise<Page<Item>> => readPage(request, { read: listedSource(listed, partitions, ({ id }) => id), keep });
