import type { Range, Slice } from './table.ts';

/** One partition, or any list that is ordered by the same key. */
export type Ordered<Item> = (range: Pick<Range, 'limit' | 'order' | 'between'>) => Promise<Slice<Item>>;

type Merging<Item> = {
  /** The key that all sources are ordered by; it tells items apart. */
  readonly keyOf: (item: Item) => string;
  readonly order: 'asc' | 'desc';
  /** Inclusive bounds of the key. */
  readonly between: readonly [string, string];
};

/**
 * Several sources read as one, in the order of their common key; an item that stands in several comes once.
 * Cursors are keys, so each source goes on by itself behind the last item that was taken of any.
 */
export function merged<Item>(
  sources: readonly Ordered<Item>[],
  { keyOf, order, between: [from, to] }: Merging<Item>,
): (range: Range) => Promise<Slice<Item>> {
  const isBefore = (one: string, other: string): boolean => (order === 'asc' ? one < other : one > other);

  return async ({ limit = 100, after }) => {
    const between =
      after === undefined ? ([from, to] as const) : order === 'asc' ? ([after, to] as const) : ([from, after] as const);
    // One more than wanted, as the bounds include the item of the cursor.
    const slices = await Promise.all(sources.map((source) => source({ limit: limit + 1, order, between })));
    const byKey = new Map(slices.flatMap(({ items }) => items.map((item) => [keyOf(item), item] as const)));
    // Behind the last item of a source that has more, another of its items may belong.
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

/** A list in memory, of which a source is made. */
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
