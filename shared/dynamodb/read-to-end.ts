import type { Slice } from './table.ts';

/** Reads a range to its end, slice by slice. */
export const readToEnd = async <Item>(read: (after: { after?: string }) => Promise<Slice<Item>>): Promise<Item[]> =>
  (await readSlices(Infinity, read)).items;

/** Reads the first slices of a range. @returns `isWhole`: whether the range ends with them */
export async function readSlices<Item>(
  most: number,
  read: (after: { after?: string }) => Promise<Slice<Item>>,
): Promise<{ readonly items: Item[]; readonly isWhole: boolean }> {
  const items: Item[] = [];
  let slice: Slice<Item> | undefined;
  let count = 0;
  do {
    slice = await read(slice?.cursor === undefined ? {} : { after: slice.cursor });
    items.push(...slice.items);
    count += 1;
  } while (slice.cursor !== undefined && count < most);
  return { items, isWhole: slice.cursor === undefined };
}
