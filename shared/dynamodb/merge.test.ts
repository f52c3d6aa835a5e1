import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSources, orderedList } from './merge.ts';

type Thing = { readonly key: string };
const keyOf = ({ key }: Thing): string => key;
const things = fc
  .array(
    fc.integer({ min: 100, max: 140 }).map((at) => ({ key: String(at) })),
    { maxLength: 30 },
  )
  .map((list) => [...new Map(list.map((thing) => [thing.key, thing])).values()]);

/** Reads all slices. */
async function readAll(read: ReturnType<typeof mergeSources<Thing>>, limit: number): Promise<string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const slice = await read({ limit, ...(after === undefined ? {} : { after }) });
    expect(slice.items.length).toBeLessThanOrEqual(limit);
    keys.push(...slice.items.map(keyOf));
    after = slice.cursor;
  } while (after !== undefined);
  return keys;
}

test('merged sources give each item once, in order, whatever the page size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(things, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('asc', 'desc'),
      async (lists, limit, order) => {
        const read = mergeSources(
          lists.map((list) => orderedList(list, keyOf)),
          { keyOf, order, between: ['105', '135'] },
        );
        const wanted = [...new Set(lists.flat().map(keyOf))].filter((key) => key >= '105' && key <= '135').sort();
        expect(await readAll(read, limit)).toEqual(order === 'asc' ? wanted : wanted.reverse());
      },
    ),
  );
});

test('a list continues after any of its items', async () => {
  const read = mergeSources([orderedList([{ key: '1' }, { key: '3' }], keyOf), orderedList([{ key: '2' }], keyOf)], {
    keyOf,
    order: 'asc',
    between: ['0', '9'],
  });
  const { cursorAt } = await read({ limit: 10 });
  expect((await read({ limit: 10, after: cursorAt(1) })).items.map(keyOf)).toEqual(['3']);
});

test('an unfinished source delays the others', async () => {
  const short = async () => ({ items: [{ key: '9' }], cursor: 'more', cursorAt: () => '9' });
  const read = mergeSources([short, orderedList([{ key: '8' }, { key: '5' }], keyOf)], {
    keyOf,
    order: 'desc',
    between: ['0', '9'],
  });
  expect(await read({ limit: 10 })).toMatchObject({ items: [{ key: '9' }], cursor: '9' });
});
