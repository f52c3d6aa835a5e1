import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { textOf } from './sources.ts';

/** The tests that `infra/OBLIGATIONS.md` names for what the platform does. */

const document = textOf('infra/OBLIGATIONS.md');

/** The cells of each row of a part, without its head. */
const rowsOf = (part: string): readonly (readonly string[])[] => {
  const [, text = ''] = document.split(`## ${part}\n`);
  const [table = ''] = text.split('\n## ');
  return table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| obligation '))
    .map((line) => line.slice(2, -2).split(' | '));
};

type NamedTest = { readonly file: string; readonly title: string };

/** The tests in a cell: code that ends in `.test.ts` is a file, and code after it a title in that file. */
function testsIn(cell: string): readonly NamedTest[] {
  let file = '';
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']): readonly NamedTest[] => {
    if (!code.endsWith('.test.ts')) return [{ file, title: code }];
    file = code;
    return [];
  });
}

const rows = ['Holds without work', 'Needs a setting'].flatMap(rowsOf);
const nameOf = ([name = '']: readonly string[]): string => /\*\*(.+?)\*\*/.exec(name)?.[1] ?? name;

test('each row has all cells, and each behaviour names its test', () => {
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((row) => row.length !== 5).map(nameOf)).toEqual([]);
  expect(rows.filter((row) => testsIn(row.at(-1) ?? '').length === 0).map(nameOf)).toEqual([]);
});

const escaped = (title: string): string => title.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** A call of `test` or `test.each(…)` with the title, which no comment begins and nothing skips. */
const callOf = (title: string): RegExp =>
  new RegExp(
    String.raw`^ *test(?:\.each\b(?:(?!^ *(?:test|describe)\b)[\s\S])*?\))?\(\s*(['\x60])${escaped(title)}\1,`,
    'm',
  );

test('each test that is named exists', () => {
  const named = rows.flatMap((row) => testsIn(row.at(-1) ?? ''));
  const isFound = ({ file, title }: NamedTest): boolean =>
    file.endsWith('.test.ts') && existsSync(file) && callOf(title).test(textOf(file));
  expect(named.filter((each) => !isFound(each))).toEqual([]);
});

test.each([
  ["test('a', () => {});", true],
  ["  test.each([\n    [1],\n  ])('a', () => {});", true],
  ['test.each(rows)(\n  `a`,\n  () => {},\n);', true],
  ["test('b a', () => {});", false],
  ["// test('a', () => {});", false],
  ["test.skip('a', () => {});", false],
  ["test.skipIf(true)('a', () => {});", false],
  ["test('b', () => rows)('a', () => {});", false],
  ["test.each(rows)('b', () => {});\ntest.todo('a', () => {});", false],
  ["expect('a', 'b');", false],
])('of %j it is %s that it is a test of that title', (text, isTest) => {
  expect(callOf('a').test(text)).toBe(isTest);
});

test('what is not offered has a reason', () => {
  const missing = rowsOf('Not offered');
  expect(missing.length).toBeGreaterThan(3);
  expect(missing.filter((row) => row.length !== 4 || !/[a-z]{3}/.test(row.at(-1) ?? '')).map(nameOf)).toEqual([]);
});
