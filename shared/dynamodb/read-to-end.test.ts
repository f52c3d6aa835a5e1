import { expect, test } from 'vitest';
import { readToEnd } from './read-to-end.ts';

test('a range is read to its end, each slice after the cursor of the one before', async () => {
  const cursors: (string | undefined)[] = [];
  const items = await readToEnd<number>(async ({ after }) => {
    cursors.push(after);
    const at = Number(after ?? 0);
    return { items: [at, at + 1], cursor: at < 4 ? String(at + 2) : undefined, cursorAt: String };
  });
  expect(items).toEqual([0, 1, 2, 3, 4, 5]);
  expect(cursors).toEqual([undefined, '2', '4']);
});
