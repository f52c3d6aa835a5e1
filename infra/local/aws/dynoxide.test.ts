import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { coresIn, onOneCore } from './dynoxide.ts';

test.each([
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['0-1,4,6-7', [0, 1, 4, 6, 7]],
])('cores %s', (list, cores) => {
  expect(coresIn(list)).toEqual(cores);
});

const outputOf = ([program = '', ...parameters]: readonly string[]): string =>
  spawnSync(program, parameters, { encoding: 'utf8' }).stdout;

test.skipIf(spawnSync('taskset', ['--version']).status !== 0)('a command runs on one core', () => {
  const list = outputOf(onOneCore(['grep', 'Cpus_allowed_list', '/proc/self/status']));
  expect(coresIn(list.split(':')[1]?.trim() ?? '')).toHaveLength(1);
});

test('a command runs where no core is known, or the core is not there', () => {
  expect(outputOf(onOneCore(['echo', 'done'], []))).toBe('done\n');
  expect(outputOf(onOneCore(['echo', 'done'], [4_000]))).toBe('done\n');
});
