import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importGraph, loadedBy, reachedFrom } from './import-graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-graph-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const files: Readonly<Record<string, string>> = {
  'shared/money.ts': 'export const zero = 0n;',
  'shared/money.test.ts': "import { zero } from './money.ts';",
  'functions/contracts.ts': "import { billing } from './billing/contracts.ts';",
  'functions/billing/contracts.ts': "export { tariffs } from './tariffs/contract.ts';",
  'functions/billing/tariffs/contract.ts': "import type { Tariff } from './tariff.ts';",
  'functions/billing/tariffs/tariff.ts': "import {\n  zero,\n  one,\n} from '#money.ts';",
  'functions/billing/tariffs/handler.ts': "import * as contract from './contract.ts';",
  'functions/billing/tariffs/handler.test.ts': "const { handler } = await import('./handler.ts');",
  'functions/system/page.tsx': "import { zero } from '#money.ts';",
  'infra/stacks.ts': "import '#functions/contracts.ts';",
  'infra/stacks.test.ts':
    "const program = new URL('./stacks.ts', import.meta.url);\nawait expect('').toMatchFileSnapshot('stacks.txt');",
};
for (const [file, text] of Object.entries(files)) {
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
const graph = importGraph(folder);
const reached = (kind: 'importers' | 'loaders', ...changed: string[]) =>
  [...reachedFrom(graph[kind], changed).keys()].toSorted();

test('a file is reached by what imports it through others, by any kind of import', () => {
  expect(reached('loaders', 'functions/billing/tariffs/handler.ts')).toEqual([
    'functions/billing/tariffs/handler.test.ts',
    'functions/billing/tariffs/handler.ts',
  ]);
  expect(reached('loaders', 'infra/stacks.ts')).toEqual(['infra/stacks.test.ts', 'infra/stacks.ts']);
  expect(reached('loaders', 'functions/billing/contracts.ts')).toContain('infra/stacks.test.ts');
  expect(reached('loaders', 'shared/money.ts')).toEqual([
    'functions/billing/tariffs/tariff.ts',
    'functions/system/page.tsx',
    'shared/money.test.ts',
    'shared/money.ts',
  ]);
});

test('an import of types is followed where types count, and not where files run', () => {
  const contract = 'functions/billing/tariffs/contract.ts';
  expect(reached('importers', 'functions/billing/tariffs/tariff.ts')).toContain(contract);
  expect(reached('loaders', 'functions/billing/tariffs/tariff.ts')).not.toContain(contract);
});

test('a test depends on the file of its snapshot', () => {
  expect(reached('loaders', 'infra/stacks.txt')).toEqual(['infra/stacks.test.ts', 'infra/stacks.txt']);
});

test('each reached file has the nearest of the changed ones', () => {
  const origins = reachedFrom(graph.loaders, ['functions/billing/contracts.ts', 'infra/stacks.ts']);
  expect(origins.get('infra/stacks.test.ts')).toBe('infra/stacks.ts');
  expect(origins.get('functions/contracts.ts')).toBe('functions/billing/contracts.ts');
});

test('a file that does not pass a change on is reached, and what imports it is not', () => {
  const stops = (file: string) => file !== 'functions/contracts.ts';
  expect([...reachedFrom(graph.loaders, ['functions/billing/contracts.ts'], stops).keys()]).toEqual([
    'functions/billing/contracts.ts',
    'functions/contracts.ts',
  ]);
});

test('what a file loads is found through others', () => {
  expect([...loadedBy(graph, ['infra/stacks.ts'])].toSorted()).toEqual([
    'functions/billing/contracts.ts',
    'functions/billing/tariffs/contract.ts',
    'functions/contracts.ts',
    'infra/stacks.ts',
  ]);
});

test('only sources of the project are its files', () => {
  expect([...graph.files].toSorted()).toEqual(Object.keys(files).toSorted());
});
