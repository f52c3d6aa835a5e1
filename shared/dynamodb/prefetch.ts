import { IdInUrl } from '../schema/values.ts';
import { keyAttributes, type Attributes, type Keyed } from './row.ts';

/** Items that a request read before its handler starts, by `keyText`; undefined if there is none. */
export type PrefetchedItems = ReadonlyMap<string, Attributes | undefined>;

/**
 * The items that a resource's handlers will read, by the path's parameters. They are read in the same round trip as the
 * session, in the organization that the request works in. The request is not authorized yet at that point, so only
 * handlers see them.
 */
export type Prefetch = (params: { readonly id?: unknown }) => readonly ItemKey[];
type ItemKey = (organization: number) => Attributes;

/** The key of an item, for any organization. */
export const itemKeyAt =
  <K extends object>(row: Keyed<K>, key: K): ItemKey =>
  (organization) =>
    keyAttributes(row, organization, key);

/** Prefetches items by the path's `{id}`; nothing for `new` and other values that are no id. */
export const prefetchByPathId =
  (...rows: readonly Keyed<{ readonly id: string }>[]): Prefetch =>
  (params) => {
    const { data: id } = IdInUrl.safeParse(params.id);
    return id === undefined ? [] : rows.map((row) => itemKeyAt(row, { id }));
  };
