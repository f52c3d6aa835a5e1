import { expect, test } from 'vitest';
import type { ImportGraph } from './import-graph.ts';
import { quickSteps } from './steps.ts';

const tariff = 'functions/billing/tariffs/tariff.ts';
const graph: ImportGraph = new Map([
  [tariff, new Set(['functions/billing/tariffs/tariff.test.ts', 'test/system/tariffs.test.ts'])],
  ['functions/billing/tariffs/tariff.test.ts', new Set()],
  ['test/system/tariffs.test.ts', new Set()],
  ['functions/billing/tariffs/row.ts', new Set()],
]);
const optionsOf = (changed: readonly string[] | undefined): Readonly<Record<string, readonly string[] | undefined>> =>
  Object.fromEntries(quickSteps(changed, graph).map(({ script, options }) => [script, options]));

test('of a changed file, what imports it is linted, and its unit tests run', () => {
  const { lint, imports, types, 'format:files': format, 'test:unit': tests } = optionsOf([tariff]);
  expect(lint).toEqual([tariff, 'functions/billing/tariffs/tariff.test.ts', 'test/system/tariffs.test.ts']);
  expect(imports).toEqual(lint);
  expect([format, types]).toEqual([[tariff], undefined]);
  expect(tests).toContain('functions/billing/tariffs/tariff.test.ts');
  expect(tests).not.toContain('test/system/tariffs.test.ts');
});

test('the proof of access patterns follows rows', () => {
  expect(optionsOf(['functions/billing/tariffs/row.ts'])['test:unit']).toContain('test/infra/access-patterns.test.ts');
});

test('documents alone are not linted', () => {
  expect(optionsOf(['README.md'])).not.toHaveProperty('lint');
});

test('everything is checked without history, and after a change of the configuration', () => {
  const whole = { 'test:unit': undefined, lint: undefined, imports: undefined, types: undefined, format: undefined };
  expect(optionsOf(undefined)).toEqual(whole);
  expect(optionsOf([tariff, 'package-lock.json'])).toEqual(whole);
});
