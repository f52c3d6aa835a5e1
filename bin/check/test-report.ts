import { relative } from 'node:path';
import * as z from 'zod';

/** Numbers of checks by outcome. */
export const Counts = z.object({ passed: z.int(), failed: z.int(), skipped: z.int() }).readonly();
export type Counts = z.infer<typeof Counts>;

const none: Counts = { passed: 0, failed: 0, skipped: 0 };
export const onePassed: Counts = { ...none, passed: 1 };
export const oneFailed: Counts = { ...none, failed: 1 };

export const total = (all: readonly Counts[]): Counts =>
  all.reduce(
    (sum, counts) => ({
      passed: sum.passed + counts.passed,
      failed: sum.failed + counts.failed,
      skipped: sum.skipped + counts.skipped,
    }),
    none,
  );

/** `12 passed, 0 failed`, with `, 1 skipped` only if any were. */
export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** The part of vitest's JSON report that is read here; its form is Jest's. */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          title: z.string().default(''),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

/**
 * Counts of a test run from its report. A file that failed without a failed test (it did not load) counts as one
 * failure, and so does a run that failed without either (set-up, an error outside tests) or in which no test passed.
 */
export function countsOfTests(report: string | null, exitCode: number): Counts {
  if (report === null) return oneFailed;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = Report.parse(
    JSON.parse(report),
  );
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = numFailedTests + broken;
  const silent = failed === 0 && (exitCode !== 0 || numPassedTests === 0);
  return { passed: numPassedTests, failed: silent ? 1 : failed, skipped: numPendingTests + numTodoTests };
}

/** The test files with failures, by a report of vitest. */
const failedIn = (report: string) =>
  Report.parse(JSON.parse(report)).testResults.filter(({ status }) => status === 'failed');

/** Columns of a line about a failure. */
const widestFailure = 300;

/** The first line of an error, and where in the test's file it came from. */
function summary(file: string, error: string): string {
  const [first = '', ...stack] = error.trim().split('\n');
  const place = stack.find((line) => line.includes(`${file}:`));
  const line = /:(\d+):\d+\)?$/.exec(place ?? '')?.[1];
  return line === undefined ? first : `line ${line}: ${first}`;
}

/** A line for each failure of a run, by a report of vitest: its file, test, and message. */
export function failuresIn(report: string): readonly string[] {
  return failedIn(report).flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const file = relative(process.cwd(), name);
    const lines =
      failed.length === 0
        ? [summary(name, message)]
        : failed.map(({ title, failureMessages: [error = ''] }) => `${title}: ${summary(name, error)}`);
    return lines.map((line) => `${file}: ${line}`.slice(0, widestFailure));
  });
}

/** Lines printed by the tests themselves that are kept: failures say what is wrong. */
const keptLines = 40;

/**
 * What vitest's minimal reporter printed, in the order in which a person needs it: the names of failed tests, their
 * messages, and the last lines that the tests printed themselves.
 */
export function failuresFirst({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  const start = stderr.search(/^⎯+ (Failed|Unhandled)/m);
  const failures = start === -1 ? '' : stderr.slice(start);
  const printed = (start === -1 ? stderr : stderr.slice(0, start)).trim().split('\n').slice(-keptLines);
  return [stdout.replace(/^JSON report written to .*$/m, ''), failures, printed.join('\n')]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n');
}
