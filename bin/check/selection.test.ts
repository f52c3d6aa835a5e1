import { expect, test } from 'vitest';
import type { ImportGraph } from './import-graph.ts';
import { describeSelection, selectionOf } from './selection.ts';

/** By file: what loads it, and what imports its types only. */
const importers: Readonly<Record<string, { loading?: readonly string[]; typing?: readonly string[] }>> = {
  'shared/money.ts': { loading: ['shared/money.test.ts', 'functions/billing/tariffs/tariff.ts'] },
  'functions/billing/tariffs/tariff.ts': {
    loading: ['functions/billing/tariffs/tariff.test.ts', 'functions/billing/tariffs/contract.ts'],
    typing: ['functions/billing/cdrs/handler.test.ts', 'test/system/tariffs.test.ts'],
  },
  'functions/billing/tariffs/contract.ts': {
    loading: ['functions/billing/tariffs/handler.ts', 'functions/billing/contracts.ts'],
  },
  'functions/billing/tariffs/handler.ts': {
    loading: ['functions/billing/tariffs/handler.test.ts', 'test/system/tariffs.test.ts'],
  },
  'functions/billing/cdrs/cascade.ts': {},
  'functions/billing/contracts.ts': { loading: ['functions/contracts.ts'] },
  'functions/contracts.ts': { loading: ['infra/stacks.test.ts'] },
};
const graph: ImportGraph = {
  files: new Set(
    Object.entries(importers).flatMap(([file, { loading = [], typing = [] }]) => [file, ...loading, ...typing]),
  ),
  loaders: new Map(Object.entries(importers).map(([file, { loading = [] }]) => [file, new Set(loading)])),
  importers: new Map(
    Object.entries(importers).map(([file, { loading = [], typing = [] }]) => [file, new Set([...loading, ...typing])]),
  ),
};

const tariffs = 'functions/billing/tariffs';
/** The tests that are selected by what they load. */
const testsOf = (...changed: readonly string[]): readonly string[] =>
  selectionOf(graph, changed)
    .tests.filter(({ reason }) => !reason.startsWith('over '))
    .map(({ file }) => file)
    .toSorted();
const reasonsOf = (...changed: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(selectionOf(graph, changed).tests.map(({ file, reason }) => [file, reason]));

test('a change of a domain file selects the unit tests that load it, up to the lists of contracts', () => {
  expect(testsOf(`${tariffs}/tariff.ts`)).toEqual([`${tariffs}/handler.test.ts`, `${tariffs}/tariff.test.ts`]);
  expect(reasonsOf(`${tariffs}/tariff.ts`)).not.toHaveProperty(['test/checks/endpoint-proofs.test.ts']);
});

test('a change of a contract selects the proofs over all contracts, and not what else follows from the lists', () => {
  expect(testsOf(`${tariffs}/contract.ts`)).toEqual([`${tariffs}/handler.test.ts`]);
  expect(reasonsOf(`${tariffs}/contract.ts`)).toMatchObject({
    'test/checks/endpoint-proofs.test.ts': 'over all contracts',
    'test/infra/templates.test.ts': 'over all contracts',
  });
});

test.each([
  `${tariffs}/row.ts`,
  'functions/accounts/rows/user.ts',
  `${tariffs}/examples.ts`,
  'functions/billing/contracts.ts',
  'functions/system/consumers/all-consumers.ts',
])('the proofs over all contracts follow %s', (file) => {
  expect(reasonsOf(file)).toHaveProperty(['test/infra/access-patterns.test.ts'], 'over all contracts');
});

test('the tests beside a cascade follow it, which the consumer of deletions loads by its name', () => {
  expect(testsOf('functions/billing/cdrs/cascade.ts')).toEqual(['functions/billing/cdrs/handler.test.ts']);
});

test('what a new resource adds to the lists reaches no test of another resource', () => {
  expect(testsOf('functions/billing/contracts.ts')).toEqual([]);
});

test('a change of what all share reaches everything that loads it, also through the lists', () => {
  expect(testsOf('shared/money.ts')).toEqual([
    `${tariffs}/handler.test.ts`,
    `${tariffs}/tariff.test.ts`,
    'infra/stacks.test.ts',
    'shared/money.test.ts',
  ]);
});

test('importers of what changed are linted, and the imports of contracts that load it are checked', () => {
  const { lint, imports } = selectionOf(graph, [`${tariffs}/tariff.ts`, 'README.md']);
  expect(lint).toEqual([
    `${tariffs}/tariff.ts`,
    `${tariffs}/tariff.test.ts`,
    `${tariffs}/contract.ts`,
    'functions/billing/cdrs/handler.test.ts',
    'test/system/tariffs.test.ts',
  ]);
  expect(imports).toEqual([`${tariffs}/tariff.ts`, `${tariffs}/contract.ts`]);
});

test('documents alone select the tests of the form only', () => {
  const { tests, lint, imports } = selectionOf(graph, ['README.md']);
  expect([lint, imports]).toEqual([[], []]);
  expect(new Set(tests.map(({ reason }) => reason))).toEqual(new Set(['over the form of all files']));
});

test('the description counts the selected tests by their reasons, the most frequent first', () => {
  const changed = ['shared/money.ts', `${tariffs}/tariff.test.ts`];
  expect(describeSelection(selectionOf(graph, changed)).split('\n')).toEqual([
    'Types of all files, lint of 4 files, unit tests in 8 files:',
    '    4 over the form of all files',
    '    2 loading shared/money.ts',
    '    1 beside changed files of shared',
    '    1 changed',
  ]);
});
