import { expect, test } from 'vitest';
import { markAfter } from './mark.ts';

test('the mark is the last minute of the shard that is furthest behind', () => {
  const slice = (last: number, cursor?: string) => ({ items: [{ minute: last }], cursor });
  const bounds = { from: 0, end: 100 };
  expect(markAfter([slice(30, 'more'), slice(20, 'more'), slice(10), null], bounds)).toBe(20);
  expect(markAfter([slice(30), null], bounds)).toBe(100);
  expect(markAfter([{ items: [], cursor: 'more' }], bounds)).toBe(0);
});
