import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { areas, readMutants } from '#test/mutants/mutant.ts';

/** Planted faults (`test/mutants`) are run by `npm run mutants`; here they are only read. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const mutants = readMutants(root);

test('each area has eight planted faults', () => {
  expect([...Map.groupBy(mutants, ({ area }) => area)].map(([area, of]) => [area, of.length])).toEqual(
    areas.map((area) => [area, 8]),
  );
});

test('no two planted faults break the same rule', () => {
  const rules = mutants.map(({ rule }) => rule);
  expect(rules).toEqual([...new Set(rules)]);
});

test('a planted fault changes product code only', () => {
  const isProduct = (file: string): boolean =>
    /^(functions|infra|shared)\/.*\.ts$/.test(file) && !/[.-](test|fixture)\.ts$/.test(file);
  expect(mutants.flatMap(({ changed }) => changed).filter((file) => !isProduct(file))).toEqual([]);
});

test.each(mutants)('the planted fault $name applies', ({ patch }) => {
  const { status, stderr } = spawnSync('git', ['apply', '--check', patch], { cwd: root, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
