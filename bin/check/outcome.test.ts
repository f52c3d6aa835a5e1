import { expect, test } from 'vitest';
import { describeOutcome, tableOf, type Outcome } from './outcome.ts';

const file = { file: 'test/system/calls/a.test.ts', seconds: 3, isFailed: false };
const calls: Outcome = {
  name: 'calls',
  seconds: 123.4,
  counts: { passed: 1200, failed: 1, skipped: 2 },
  output: ' FAIL a rule\n',
  failures: ['a.test.ts: a rule'],
  finished: [file, file],
};
const lint: Outcome = {
  name: 'lint',
  seconds: 9.96,
  counts: { passed: 1, failed: 0, skipped: 0 },
  output: 'all is well\n',
  failures: [],
};

test('the table has a line for each step, and files of those that run tests', () => {
  expect(tableOf([lint, calls]).split('\n')).toEqual([
    'step   files  passed  failed  skipped  seconds',
    'lint               1       0        0       10',
    'calls      2    1200       1        2      123',
  ]);
});

test('what a step printed is shown only if something failed', () => {
  expect(describeOutcome(lint, 6)).toBe('lint    passed  10.0 s');
  expect(describeOutcome(calls, 6)).toBe('calls   FAILED  123.4 s  1200 passed, 1 failed, 2 skipped\n     FAIL a rule');
});
