import { expect, test } from 'vitest';
import { closingLine, countsOfTests, failuresIn, failuresFirst, oneFailed, onePassed, total } from './test-report.ts';

type File = {
  name: string;
  status: string;
  message?: string;
  assertionResults: { status: string; title?: string; failureMessages?: string[] }[];
};

const report = (passed: number, failed: number, skipped: number, files: File[] = []): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
    testResults: files,
  });

test('each test counts as one', () => {
  const failing = {
    name: 'failing.test.ts',
    status: 'failed',
    assertionResults: [{ status: 'failed' }, { status: 'failed' }],
  };
  expect(countsOfTests(report(7, 2, 1, [failing]), 1)).toEqual({ passed: 7, failed: 2, skipped: 1 });
});

test('a file that does not load counts as one failed', () => {
  const unloadable = { name: 'unloadable.test.ts', status: 'failed', assertionResults: [] };
  expect(countsOfTests(report(7, 0, 0, [unloadable]), 1)).toEqual({ passed: 7, failed: 1, skipped: 0 });
});

test('a run that exits with an error has failed, even if no test has', () => {
  expect(countsOfTests(report(7, 0, 0), 1)).toEqual({ passed: 7, failed: 1, skipped: 0 });
});

test('a run without a report has failed', () => {
  expect(countsOfTests(null, 0)).toEqual(oneFailed);
});

test('a run in which no test ran has failed', () => {
  expect(countsOfTests(report(0, 0, 3), 0)).toEqual({ passed: 0, failed: 1, skipped: 3 });
});

test('the closing line names skipped checks only if there are any', () => {
  expect(closingLine(total([onePassed, onePassed, oneFailed]))).toBe('2 passed, 1 failed');
  expect(closingLine(total([onePassed, { passed: 0, failed: 0, skipped: 1 }]))).toBe('1 passed, 0 failed, 1 skipped');
});

test('the names and messages of failed tests are printed before what tests print themselves', () => {
  const noise = Array.from({ length: 100 }, (_, index) => `noise ${index}`).join('\n');
  const message = '⎯⎯⎯ Failed Tests 1 ⎯⎯⎯\n FAIL a.test.ts > a rule\nError: expected 1 to be 2';
  const lines = failuresFirst({ stdout: '\n ❯ a.test.ts\n   × a rule\n', stderr: `${noise}\n${message}\n` }).split(
    '\n',
  );
  expect(lines.slice(0, 6)).toEqual(['❯ a.test.ts', '   × a rule', '', ...message.split('\n')]);
  expect(lines.at(-1)).toBe('noise 99');
  expect(lines.length).toBeLessThan(50);
});

test('of a run that broke without a failed test, what it printed is kept', () => {
  expect(failuresFirst({ stdout: '', stderr: 'no such option' })).toBe('no such option');
});

test('each failure has a line with its place', () => {
  const name = `${process.cwd()}/test/some.test.ts`;
  const error = `Error: expected 1 to be 2\n    at help (/there/fixture.ts:9:1)\n    at ${name}:42:5`;
  const assertionResults = [
    { status: 'failed', title: 'adds', failureMessages: [error] },
    { status: 'passed', title: 'subtracts' },
  ];
  const unloadable = {
    name: '/there/set-up.test.ts',
    status: 'failed',
    message: 'no port\nmore',
    assertionResults: [],
  };
  expect(failuresIn(report(1, 1, 0, [{ name, status: 'failed', assertionResults }]))).toEqual([
    'test/some.test.ts: adds: line 42: Error: expected 1 to be 2',
  ]);
  expect(failuresIn(report(1, 0, 0, [unloadable]))).toEqual([expect.stringMatching(/set-up\.test\.ts: no port$/)]);
});
