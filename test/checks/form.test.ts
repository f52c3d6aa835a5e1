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
