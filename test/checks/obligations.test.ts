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

test('each test that is named exists', () => {
  const named = rows.flatMap((row) => testsIn(row.at(-1) ?? ''));
  const isFound = ({ file, title }: NamedTest): boolean =>
    file.endsWith('.test.ts') &&
    existsSync(file) &&
    ["'", '`'].some((mark) => textOf(file).includes(mark + title + mark));
  expect(named.filter((each) => !isFound(each))).toEqual([]);
});
