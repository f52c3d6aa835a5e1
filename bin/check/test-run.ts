import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progressOf, progressText, progressVariable, type FinishedFile } from './progress.ts';
import { runScript, type Result } from './run-script.ts';
import type { Step } from './steps.ts';
import {
  afterRepeat,
  closingLine,
  countsOfTests,
  failedFiles,
  failuresIn,
  failuresFirst,
  type Counts,
} from './test-report.ts';

/** Files with failures that are run once more; more of them are no accident. */
const mostRepeated = 10;

/** Milliseconds between lines about the progress of a run. */
const progressInterval = 60_000;

const reporter = fileURLToPath(new URL('progress-reporter.ts', import.meta.url));

type TestRun = {
  readonly counts: Counts;
  readonly output: string;
  readonly failed: readonly string[];
  readonly failures: readonly string[];
  readonly finished: readonly FinishedFile[];
};

async function runVitest({ script, options = [] }: Step, files: readonly string[], print: Print): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-report-'));
  const [file, progressFile] = [join(folder, 'report.json'), join(folder, 'progress')];
  const progress = () => progressOf(existsSync(progressFile) ? readFileSync(progressFile, 'utf8') : '');
  const started = performance.now();
  const timer = setInterval(() => {
    print(`${script}: ${progressText(progress())} after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }, progressInterval);
  const reporters = ['minimal', 'json', reporter].map((name) => `--reporter=${name}`);
  const run = await runScript(
    script,
    [...options, ...files, '--allowOnly=false', ...reporters, `--outputFile.json=${file}`],
    { [progressVariable]: progressFile },
  );
  clearInterval(timer);
  const report = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const { finished } = progress();
  rmSync(folder, { recursive: true });
  return {
    counts: countsOfTests(report, run.exitCode),
    output: failuresFirst(run),
    failed: report === null ? [] : failedFiles(report),
    failures: report === null ? [] : failuresIn(report),
    finished,
  };
}

type Print = (line: string) => void;

/**
 * Runs tests, and prints a line about their progress every minute. With `REPEAT_FAILED=1` (CI), the files of a few
 * failures of system tests are run once more, one at a time; the output of both runs is printed, also if nothing fails
 * again.
 */
export async function runTests(step: Step, print: Print): Promise<Result> {
  const first = await runVitest(step, [], print);
  const { length } = first.failed;
  const isRepeated = process.env['REPEAT_FAILED'] === '1' && step.script === 'test:system';
  if (!isRepeated || length === 0 || length > mostRepeated) return first;
  const alone: Step = { ...step, options: [...(step.options ?? []), '--maxWorkers=1'] };
  const repeated = await runVitest(alone, first.failed, print);
  return {
    counts: afterRepeat(first.counts, repeated.counts),
    output: `${first.output}\nThe failed files once more:\n${repeated.output}`,
    failures: [
      ...first.failures.map((line) => `at first: ${line}`),
      ...repeated.failures.map((line) => `once more: ${line}`),
    ],
    note: `(${closingLine(first.counts)} at first)`,
    finished: first.finished,
  };
}
