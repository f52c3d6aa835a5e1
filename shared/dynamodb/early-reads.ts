import { IdInUrl } from '../schema/values.ts';
import { keyAttributes, type Attributes, type Keyed } from './row.ts';

/** Items by the text of their keys, as a request has read them before its handler begins; undefined: there is none. */
export type PrefetchedItems = ReadonlyMap<string, Attributes | undefined>;

/**
 * Items that a resource's handlers will want, by the path's parameters: they are read in the round trip that reads the
 * session, in the organization that the request works in. That is before anything is judged, so only handlers see them.
 */
export type Prefetch = (params: { readonly id?: unknown }) => readonly ItemKey[];
type ItemKey = (organization: number) => Attributes;

export const itemAt =
  <K extends object>(row: Keyed<K>, key: K): ItemKey =>
  (organization) =>
    keyAttributes(row, organization, key);

/** The items of the one whose `{id}` the path names; `new` or the name of a kind is none. */
export const ofPathId =
  (...rows: readonly Keyed<{ readonly id: string }>[]): Prefetch =>
  (params) => {
    const { data: id } = IdInUrl.safeParse(params.id);
    return id === undefined ? [] : rows.map((row) => itemAt(row, { id }));
  };
