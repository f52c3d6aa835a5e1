import { expect, test } from 'vitest';
import { circlesOfFolders } from './folder-circles.ts';

const imports = (...texts: readonly string[]) =>
  texts.map((text) => {
    const [from = '', to = ''] = text.split(' → ');
    return { from, to };
  });

/** The circles as texts. */
const circles = (...texts: readonly string[]): string[][] =>
  circlesOfFolders(imports(...texts)).map((circle) => circle.map(({ from, to }) => `${from} → ${to}`));

test('folders that import in one direction are no circle', () => {
  expect(circles('a/x.ts → b/y.ts', 'b/y.ts → c/z.ts', 'a/x.ts → c/z.ts', 'a/x.ts → a/other.ts')).toEqual([]);
});

test('files without a circle make one of their folders', () => {
  expect(circles('a/x.ts → b/y.ts', 'b/other.ts → a/z.ts')).toEqual([['a/x.ts → b/y.ts', 'b/other.ts → a/z.ts']]);
});

test('a folder and one inside it are two', () => {
  expect(circles('a/list.ts → a/inner/x.ts', 'a/inner/y.ts → a/errors.ts')).toEqual([
    ['a/list.ts → a/inner/x.ts', 'a/inner/y.ts → a/errors.ts'],
  ]);
});

test('the shortest circle of a folder is named, and each folder in one circle', () => {
  expect(
    circles('a/1.ts → b/1.ts', 'b/1.ts → c/1.ts', 'c/1.ts → a/1.ts', 'b/2.ts → a/2.ts', 'd/1.ts → a/1.ts'),
  ).toEqual([
    ['a/1.ts → b/1.ts', 'b/2.ts → a/2.ts'],
    ['c/1.ts → a/1.ts', 'a/1.ts → b/1.ts', 'b/1.ts → c/1.ts'],
  ]);
});
