import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progressOf, progressText, progressVariable } from './progress.ts';
import { runScript, type Result } from './run-script.ts';
import type { Step } from './steps.ts';
import { countsOfTests, failuresIn, failuresFirst } from './test-report.ts';

/** Milliseconds between lines about the progress of a run. */
const progressInterval = 60_000;

const reporter = fileURLToPath(new URL('progress-reporter.ts', import.meta.url));

/** Runs tests, and prints a line about their progress every minute. */
export async function runTests({ script, options = [] }: Step, print: (line: string) => void): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-report-'));
  const [file, progressFile] = [join(folder, 'report.json'), join(folder, 'progress')];
  const progress = () => progressOf(existsSync(progressFile) ? readFileSync(progressFile, 'utf8') : '');
  const started = performance.now();
  const timer = setInterval(() => {
    print(`${script}: ${progressText(progress())} after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }, progressInterval);
  const reporters = ['minimal', 'json', reporter].map((name) => `--reporter=${name}`);
  const run = await runScript(script, [...options, '--allowOnly=false', ...reporters, `--outputFile.json=${file}`], {
    [progressVariable]: progressFile,
  });
  clearInterval(timer);
  const report = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const { finished } = progress();
  rmSync(folder, { recursive: true });
  return {
    counts: countsOfTests(report, run.exitCode),
    output: failuresFirst(run),
    failures: report === null ? [] : failuresIn(report),
    finished,
  };
}
