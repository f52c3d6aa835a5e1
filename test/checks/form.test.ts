import { expect, test } from 'vitest';
import { filesOf, sourceFiles, textOf } from './sources.ts';

/** Prettier does not split strings, and the linter does not measure lines. */

const maxColumns = 120;

test('no line of code is longer than 120 columns', () => {
  const files = [...sourceFiles, ...filesOf('*.mjs', '.*.mjs')];
  expect(files.length).toBeGreaterThan(1_000);
  const long = files.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, position) => (line.length > maxColumns ? [`${file}:${position + 1}`] : [])),
  );
  expect(long).toEqual([]);
});

test('other top-level folders, and what is three folders up, are imported by subpath (#schema/values.ts)', () => {
  const climbing = /(?:from|import\()\s*'((?:\.\.\/)+)(bin|functions|infra|shared|test)?\b/g;
  const climbs = (file: string): boolean =>
    [...textOf(file).matchAll(climbing)].some(([, up = '', top]) => {
      const levels = up.split('/').length - 1;
      return levels > 2 || (top !== undefined && levels === file.split('/').length - 1);
    });
  expect(sourceFiles.filter(climbs)).toEqual([]);
});
