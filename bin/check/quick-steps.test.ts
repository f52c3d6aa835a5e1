import { expect, test } from 'vitest';
import { isOfAll, quickSteps, wholeSteps } from './quick-steps.ts';
import type { Selection } from './selection.ts';

const tariff = 'functions/billing/tariffs/tariff.ts';
const selectionOfTests = (count: number): Selection => ({
  tests: Array.from({ length: count }, (_, at) => ({ file: `${at}.test.ts`, reason: 'changed' })),
  lint: [],
  imports: [],
});
type Options = Readonly<Record<string, readonly string[] | undefined>>;
const optionsOf = (changed: readonly string[], selection: Selection): Options =>
  Object.fromEntries(quickSteps(changed, selection).map(({ script, options }) => [script, options]));

test('each step gets the files that are selected for it, and the compiler checks all', () => {
  const selection = { ...selectionOfTests(1), lint: [tariff, 'a.ts'], imports: [tariff] };
  expect(optionsOf([tariff, 'README.md'], selection)).toEqual({
    'test:unit': ['--maxWorkers=2', '0.test.ts'],
    types: undefined,
    lint: [tariff, 'a.ts'],
    imports: [tariff],
    'format:files': [tariff, 'README.md'],
  });
});

test('a step without files is left out', () => {
  expect(Object.keys(optionsOf(['README.md'], selectionOfTests(1)))).toEqual(['test:unit', 'types', 'format:files']);
});

test('many test files run in as many processes as the machine bears, and very many are all', () => {
  expect(optionsOf([tariff], selectionOfTests(101))['test:unit']).toHaveLength(101);
  expect(optionsOf([tariff], selectionOfTests(601))['test:unit']).toEqual([]);
});

test('a change of the configuration asks for all checks of all files', () => {
  expect(isOfAll([tariff, 'package-lock.json'])).toBe(true);
  expect(isOfAll([tariff, 'functions/package.json'])).toBe(false);
  expect(wholeSteps.every(({ options }) => options === undefined)).toBe(true);
});
