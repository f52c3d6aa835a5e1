import { expect, test } from 'vitest';
import { nothingLoaded, pageOf, rowsOf, staleToken, withPage, type LoadedList, type PageAnswer } from './pages.ts';

/** A page of rows `1`, `2`, …, before the one that is read with the token `next`. */
const page = (ids: string, next: string): PageAnswer => ({
  rows: ids.split('').map((id) => ({ id })),
  next,
  total: null,
});

/** Rows a to i on three pages. */
const loaded = [
  ['', 'abc', 'after c'],
  ['after c', 'def', 'after f'],
  ['after f', 'ghi', 'after i'],
].reduce((list, [token = '', ids = '', next = '']) => withPage(list, token, page(ids, next)), nothingLoaded);

const idsOf = (list: LoadedList): string =>
  rowsOf(list)
    .map(({ id }) => String(id))
    .join('');
const tokensOf = ({ pages, next }: LoadedList): readonly string[] => [...pages.map(({ token }) => token), next];
const row = (id: string) => ({ id });

test('pages follow one another, and the token of the last is that of the next', () => {
  expect(idsOf(loaded)).toBe('abcdefghi');
  expect(tokensOf(loaded)).toEqual(['', 'after c', 'after f', 'after i']);
});

test('the first page read again leaves the others as they are, and stale', () => {
  const again = withPage(loaded, '', page('abc', 'after c'));
  expect(idsOf(again)).toBe('abcdefghi');
  expect(again.pages.map(({ isStale }) => isStale)).toEqual([false, true, true]);
});

test('a row that a new one pushes out begins the next page, which is read from the new end', () => {
  const again = withPage(loaded, '', page('xab', 'after b'));
  expect(idsOf(again)).toBe('xabcdefghi');
  expect(tokensOf(again)).toEqual(['', 'after b', 'after f', 'after i']);
});

test('a row that is gone lets one of the next page move up', () => {
  const again = withPage(loaded, '', page('acd', 'after d'));
  expect(idsOf(again)).toBe('acdefghi');
  expect(tokensOf(again)).toEqual(['', 'after d', 'after f', 'after i']);
});

test('a whole page that moves up leaves those after it', () => {
  const again = withPage(loaded, '', page('def', 'after f'));
  expect(idsOf(again)).toBe('defghi');
  expect(tokensOf(again)).toEqual(['', 'after f', 'after i']);
});

test('a page in the middle is read again alone', () => {
  const again = withPage(withPage(loaded, '', page('abc', 'after c')), 'after c', page('dxf', 'after f'));
  expect(idsOf(again)).toBe('abcdxfghi');
  expect(again.pages.map(({ isStale }) => isStale)).toEqual([false, false, true]);
});

test('rows that were on the first page only stay until they are read themselves', () => {
  const one = withPage(nothingLoaded, '', page('abc', 'after c'));
  const again = withPage(one, '', page('xya', 'after a'));
  expect(idsOf(again)).toBe('xyabc');
  expect(tokensOf(again)).toEqual(['', 'after a', 'after c']);
});

test('a row that has moved up is shown once', () => {
  expect(idsOf(withPage(loaded, '', page('hab', 'after b')))).toBe('habcdefgi');
  expect(idsOf(withPage(loaded, 'after c', page('daf', 'after f')))).toBe('bcdafghi');
});

test('a first page without a known row is a new list', () => {
  const again = withPage(loaded, '', page('xyz', 'after z'));
  expect(idsOf(again)).toBe('xyz');
  expect(tokensOf(again)).toEqual(['', 'after z']);
});

test('the list ends with a page that is its last', () => {
  const again = withPage(loaded, 'after c', page('de', ''));
  expect([idsOf(again), again.next]).toEqual(['abcde', '']);
});

test('an answer to a page that the list no longer has changes nothing', () => {
  expect(withPage(loaded, 'after x', page('xyz', ''))).toBe(loaded);
});

test('rows that share an id are told apart by all that they have', () => {
  const versions = (ids: readonly number[], next: string): PageAnswer => ({
    rows: ids.map((version) => ({ id: 'flow', version })),
    next,
    total: null,
  });
  const list = withPage(withPage(nothingLoaded, '', versions([9, 8], 'after 8')), 'after 8', versions([7, 6], ''));
  const again = withPage(list, '', versions([10, 9], 'after 9'));
  expect(rowsOf(again).map(({ version }) => version)).toEqual([10, 9, 8, 7, 6]);
});

test('a stale page is read when a row of it is in view, known by its id or itself', () => {
  const list = withPage(loaded, '', page('abc', 'after c'));
  expect(staleToken(loaded, [row('d')])).toBeUndefined();
  expect(staleToken(list, [row('a'), row('c')])).toBeUndefined();
  expect(staleToken(list, [row('c'), row('d')])).toBe('after c');
  expect(staleToken(list, [row('h')])).toBe('after f');
  const nameless = { name: 'x' };
  const others = withPage(withPage(nothingLoaded, '', page('a', '1')), '1', { ...page('', ''), rows: [nameless] });
  const stale = withPage(others, '', page('a', '1'));
  expect(staleToken(stale, [nameless])).toBe('1');
});

test('figures of an answer are beside the list, or beside the object that has it', () => {
  expect(pageOf({ data: [row('a')], next_page_token: 'x', total: 3 }, ['data'])).toEqual({
    rows: [row('a')],
    next: 'x',
    total: 3,
  });
  expect(pageOf({ data: { items: [], pagination: { total_records: 2 } } }, ['data', 'items'])).toEqual({
    rows: [],
    next: '',
    total: 2,
  });
});
