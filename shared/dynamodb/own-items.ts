import type { Entity } from '../contract/entities.ts';
import type { CountedRange, Range, Slice, Table } from './table.ts';

/** Whether an item exists for a reader that has only some of an organization's items. */
export type IsOwn = (entity: Entity, item: object) => boolean;

function ownSlice<Item extends object>(isOwn: (item: Item) => boolean, slice: Slice<Item>): Slice<Item> {
  const positions = [...slice.items.keys()].filter((position) => isOwn(slice.items[position] as Item));
  return {
    items: positions.map((position) => slice.items[position] as Item),
    cursor: slice.cursor,
    cursorAt: (position) => slice.cursorAt(positions[position] ?? 0),
    hidden: slice.items.length - positions.length,
  };
}

/** The number of own items. They are read, as the store counts all. */
async function countOwn<Item>(read: (range: Range) => Promise<Slice<Item>>, range: CountedRange): Promise<number> {
  let count = 0;
  let slice: Slice<Item> | undefined;
  do {
    slice = await read({ ...range, ...(slice?.cursor === undefined ? {} : { after: slice.cursor }) });
    count += slice.items.length;
  } while (slice.cursor !== undefined && count < range.limit);
  return Math.min(count, range.limit);
}

/** The table without items that are not the reader's own: they do not exist for it, in lists and counts too. */
export function ownItemsOf<R extends string>(table: Table<R>, isOwn: IsOwn): Table<R> {
  const only = <Item extends object>(entity: Entity, item: Item | undefined): Item | undefined =>
    item !== undefined && isOwn(entity, item) ? item : undefined;
  const own: Table<R> = {
    organization: table.organization,
    get: async (of, key) => only(of.entity, await table.get(of, key)),
    getAll: async (of, keys) => (await table.getAll(of, keys)).map((item) => only(of.entity, item)),
    query: async (of, partition, range) =>
      ownSlice((item) => isOwn(of.entity, item), await table.query(of, partition, range)),
    queryIndex: async (of, index, parts, range) =>
      ownSlice((item) => isOwn(of.entity, item), await table.queryIndex(of, index, parts, range)),
    count: (of, partition, range) => countOwn((part) => own.query(of, partition, part), range),
    countIndex: (of, index, parts, range) => countOwn((part) => own.queryIndex(of, index, parts, part), range),
  };
  return own;
}
