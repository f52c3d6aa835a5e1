import { expect, test } from 'vitest';
import { readSlices, readToEnd } from './read-to-end.ts';

/** Three slices of two numbers each. @param cursors those that were asked for */
const sliceOf =
  (cursors: (string | undefined)[]) =>
  async ({ after }: { readonly after?: string }) => {
    cursors.push(after);
    const at = Number(after ?? 0);
    return { items: [at, at + 1], cursor: at < 4 ? String(at + 2) : undefined, cursorAt: String };
  };

test('a range is read to its end, each slice after the cursor of the one before', async () => {
  const cursors: (string | undefined)[] = [];
  expect(await readToEnd(sliceOf(cursors))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(cursors).toEqual([undefined, '2', '4']);
});

test.each([
  [2, [0, 1, 2, 3], false],
  [3, [0, 1, 2, 3, 4, 5], true],
])('%i slices of three are the whole range or not', async (most, items, isWhole) => {
  expect(await readSlices(most, sliceOf([]))).toEqual({ items, isWhole });
});
