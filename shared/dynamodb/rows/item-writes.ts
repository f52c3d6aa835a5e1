import type { Entity } from '../../contract/entities.ts';
import type { Row } from '../row.ts';
import { decrementCount, incrementCount } from './count.ts';
import { create, remove, replace, type Write } from '../write.ts';

/**
 * The writes that follow a change of an item, one function for each fact that is kept of it. A store composes those
 * that its resource needs: `composeWrites(itemWrites(tariffRow), names.writes, countWrites('tariffs', maxTariffs))`.
 */

/** @param before undefined: the item is created; `after` undefined: it is deleted */
export type ChangeWrites<Item, N extends string> = (
  before: Item | undefined,
  after: Item | undefined,
) => readonly Write<N>[];

/** All of these, in their order: of several conditions that fail, the first one is answered. */
export const composeWrites =
  <Item, N extends string>(...parts: readonly ChangeWrites<Item, N>[]) =>
  (before: Item | undefined, after: Item | undefined): Write<N>[] =>
    parts.flatMap((part) => part(before, after));

/** The item itself, with its version. */
export const itemWrites =
  <E extends Entity, Item extends Key & { readonly version: number }, Key extends object>(
    of: Row<E, Item, Key, Key>,
  ): ChangeWrites<Item, E> =>
  (before, after) => {
    if (after === undefined) return before === undefined ? [] : [remove(of, before, before)];
    return [before === undefined ? create(of, after) : replace(of, after, before)];
  };

/** The count of the organization's items. Fails with `LIMIT_EXCEEDED` at the limit. */
export const countWrites =
  (of: string, limit: number): ChangeWrites<unknown, 'count'> =>
  (before, after) => {
    if (after === undefined) return before === undefined ? [] : [decrementCount(of)];
    return before === undefined ? [incrementCount(of, limit)] : [];
  };
