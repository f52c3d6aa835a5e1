import type { Slice } from './table.ts';

/** Reads a range to its end, slice by slice. */
export async function readToEnd<Item>(read: (after: { after?: string }) => Promise<Slice<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let slice: Slice<Item> | undefined;
  do {
    slice = await read(slice?.cursor === undefined ? {} : { after: slice.cursor });
    items.push(...slice.items);
  } while (slice.cursor !== undefined);
  return items;
}
