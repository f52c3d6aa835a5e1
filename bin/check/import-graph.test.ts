import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { affectedFiles, importGraph } from './import-graph.ts';

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
  'functions/billing/tariffs/tariff.ts': "import { zero } from '#money.ts';",
  'functions/billing/tariffs/handler.ts': "import * as contract from './contract.ts';",
  'functions/billing/tariffs/handler.test.ts': "const { handler } = await import('./handler.ts');",
  'infra/stacks.ts': "import '#functions/contracts.ts';",
  'infra/stacks.test.ts': "const program = new URL('./stacks.ts', import.meta.url);",
};
for (const [file, text] of Object.entries(files)) {
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
const graph = importGraph(folder);
const affectedBy = (...changed: string[]) => [...affectedFiles(graph, changed)].toSorted();

test('a change affects what imports it through others, by any kind of import', () => {
  expect(affectedBy('functions/billing/tariffs/handler.ts')).toEqual([
    'functions/billing/tariffs/handler.test.ts',
    'functions/billing/tariffs/handler.ts',
  ]);
  expect(affectedBy('infra/stacks.ts')).toEqual(['infra/stacks.test.ts', 'infra/stacks.ts']);
});

test('a change of what a resource decides stops at the lists of contracts', () => {
  expect(affectedBy('functions/billing/tariffs/tariff.ts')).toEqual([
    'functions/billing/contracts.ts',
    'functions/billing/tariffs/contract.ts',
    'functions/billing/tariffs/handler.test.ts',
    'functions/billing/tariffs/handler.ts',
    'functions/billing/tariffs/tariff.ts',
  ]);
});

test('a change of a contract, or of what all share, does not stop there', () => {
  expect(affectedBy('functions/billing/tariffs/contract.ts')).toContain('infra/stacks.test.ts');
  expect(affectedBy('shared/money.ts')).toEqual(Object.keys(files).toSorted());
});

test('what is no source of the project affects nothing', () => {
  expect(affectedBy('README.md')).toEqual([]);
});
