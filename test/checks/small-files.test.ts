import path from 'node:path';
import { expect, test } from 'vitest';
import { fileOf, filesOf, textOf } from './sources.ts';

/**
 * A file of a few lines that only one file beside it imports is a part of that file: a reader who follows a noun should
 * not have to open five of them. Files that every resource has do not count, and neither do its pure decisions: import
 * rules keep those apart from the contract, store and handler that join them. What is loaded later (`import()`) has to
 * be a file of its own.
 */

const maxLines = 60;
const maxFiles = 40;

const ofEachResource = /\/(row|contract|contracts|examples?|settings|handler|store|cascade|derived|errors)[.]tsx?$/;

const joining = /^functions\/.*\/(contract|handler|store)[.]ts$/;

const files = filesOf('{bin,functions,infra,shared}/**/*.{ts,tsx}').filter(
  (file) => !/[.-](test|fixture)[.]tsx?$|[.]d[.]ts$/.test(file),
);
const importsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(/(?:from |import )'([#.][^']+)'/g)].map(([, specifier = '']) => fileOf(specifier, file));

test('at most 40 files under 60 lines have one importer, beside them', () => {
  expect(files.length).toBeGreaterThan(1_000);
  const importers = new Map<string, Set<string>>();
  for (const file of files)
    for (const imported of importsOf(file)) importers.set(imported, (importers.get(imported) ?? new Set()).add(file));
  const parts = files.filter((file) => {
    const [first, ...more] = importers.get(file) ?? [];
    const isPart = first !== undefined && more.length === 0 && path.dirname(first) === path.dirname(file);
    return isPart && !ofEachResource.test(file) && !joining.test(first) && textOf(file).split('\n').length <= maxLines;
  });
  expect(parts.length, parts.join('\n')).toBeLessThanOrEqual(maxFiles);
});
