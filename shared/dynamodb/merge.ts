import type { Range, Slice } from './table.ts';

/** A source of items in the order of their key: a partition, or a list. */
export type Ordered<Item> = (range: Pick<Range, 'limit' | 'order' | 'between'>) => Promise<Slice<Item>>;

type Merging<Item> = {
  /** The key that all sources are ordered by. Items with the same key are the same item. */
  readonly keyOf: (item: Item) => string;
  readonly order: 'asc' | 'desc';
  /** Inclusive bounds of the key. */
  readonly between: readonly [string, string];
};

/**
 * Reads several sources as one, in the order of their common key, without duplicates. A cursor is the key of the last
 * item, after which every source continues.
 */
export function mergeSources<Item>(
  sources: readonly Ordered<Item>[],
  { keyOf, order, between: [from, to] }: Merging<Item>,
): (range: Range) => Promise<Slice<Item>> {
  const isBefore = (one: string, other: string): boolean => (order === 'asc' ? one < other : one > other);

  return async ({ limit = 100, after }) => {
    const between = order === 'asc' ? ([after ?? from, to] as const) : ([from, after ?? to] as const);
    // One more than the limit, as the bounds include the item of the cursor.
    const slices = await Promise.all(sources.map((source) => source({ limit: limit + 1, order, between })));
    const byKey = new Map(slices.flatMap(({ items }) => items.map((item) => [keyOf(item), item] as const)));
    // Items after the last one of an unfinished source must wait: the source may have more that come before them.
    const frontiers = slices.flatMap(({ items, cursor }) => (cursor === undefined ? [] : items.slice(-1).map(keyOf)));
    const ready = [...byKey]
      .filter(([key]) => key !== after && !frontiers.some((frontier) => isBefore(frontier, key)))
      .sort(([one], [other]) => (isBefore(one, other) ? -1 : 1));
    const taken = ready.slice(0, limit);
    const more = taken.length < ready.length || frontiers.length > 0;
    return {
      items: taken.map(([, item]) => item),
      cursor: more ? taken.at(-1)?.[0] : undefined,
      cursorAt: (position) => taken[position]?.[0] ?? '',
    };
  };
}

/** Makes a source of a list in memory. */
export const orderedList =
  <Item>(items: readonly Item[], keyOf: (item: Item) => string): Ordered<Item> =>
  async ({ limit = items.length, order, between: [from, to] = ['', '\uffff'] }) => {
    const within = items
      .filter((item) => keyOf(item) >= from && keyOf(item) <= to)
      .sort((one, other) => (keyOf(one) < keyOf(other) === (order === 'asc') ? -1 : 1));
    return {
      items: within.slice(0, limit),
      cursor: within.length > limit ? 'more' : undefined,
      cursorAt: (position) => keyOf(within[position] as Item),
    };
  };
