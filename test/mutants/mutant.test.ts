import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { groupsOf, readMutant, sampleOf } from './mutant.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mutant-'));
  mkdirSync(join(root, 'test/mutants/toys'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const patch = 'test/mutants/toys/toys-are-counted.patch';
const read = (text: string) => {
  writeFileSync(join(root, patch), text);
  return readMutant(root, patch);
};
const diff = '\ndiff --git a/toys/toy.ts b/toys/toy.ts\n--- a/toys/toy.ts\n+++ b/toys/toy.ts\n@@ -1 +1 @@\n-1\n+2\n';

test('a patch has the rule that it breaks, the test that is expected to fail, and the files that it changes', () => {
  expect(read(`Rule: toys are counted\nExpect: toys/store.test.ts\n${diff}`)).toEqual({
    name: 'toys/toys-are-counted',
    area: 'toys',
    rule: 'toys are counted',
    expected: 'toys/store.test.ts',
    changed: ['toys/toy.ts'],
    patch,
  });
});

test('a patch without a rule, or without a change, is an error', () => {
  expect(() => read(`Expect: toys/store.test.ts\n${diff}`)).toThrow('has no line "Rule: …"');
  expect(() => read('Rule: toys are counted\n\ndiff --git a/toys/toy.ts b/toys/toy.ts\n')).toThrow('changes no file');
});

test('the expected test and that of the changed file run first, then those in its folder, then all others', () => {
  const selected = ['shop/shop.test.ts', 'toys/a.test.ts', 'toys/inner/b.test.ts', 'toys/toy.test.ts', 'z/c.test.ts'];
  expect(groupsOf({ expected: 'z/c.test.ts', changed: ['toys/toy.ts'] }, selected)).toEqual([
    ['toys/toy.test.ts', 'z/c.test.ts'],
    ['toys/a.test.ts', 'toys/inner/b.test.ts'],
    ['shop/shop.test.ts'],
  ]);
});

test('an expected test that is not selected does not run', () => {
  expect(groupsOf({ expected: 'z/c.test.ts', changed: ['toys/toy.ts'] }, ['toys/a.test.ts'])).toEqual([
    ['toys/a.test.ts'],
  ]);
});

test('a seed chooses the same sample each time, without repetition, and another seed another one', () => {
  const all = Array.from({ length: 80 }, (_, at) => at);
  const sample = sampleOf(all, 10, 7);
  expect(sample).toHaveLength(10);
  expect(sample).toEqual([...new Set(sample)].toSorted((one, other) => one - other));
  expect(sampleOf(all, 10, 7)).toEqual(sample);
  expect(sampleOf(all, 10, 8)).not.toEqual(sample);
});

test('the samples of many seeds choose every element', () => {
  const all = Array.from({ length: 80 }, (_, at) => at);
  const chosen = new Set(Array.from({ length: 100 }, (_, seed) => sampleOf(all, 10, seed)).flat());
  expect(chosen.size).toBe(80);
});
