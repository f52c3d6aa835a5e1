import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processorTime, profileText, profileVariable } from './profile.ts';
import { progressOf, progressText, progressVariable, slowestFiles, type FinishedFile } from './progress.ts';
import { runScript, type Result } from './run-script.ts';
import type { Step } from './steps.ts';
import { closingLine, countsOfTests, failuresFirst, failuresIn, oneFailed, onePassed, total } from './test-report.ts';
import { typeErrors } from './type-errors.ts';

/** Milliseconds between lines about the progress of a run. */
const progressInterval = 60_000;

const reporter = fileURLToPath(new URL('progress-reporter.ts', import.meta.url));

/** Runs tests, and prints a line about their progress every minute. */
async function runTests({ script, options = [] }: Step, print: Print): Promise<Result> {
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

type Outcome = Result & { readonly remark: string };
type Print = (line: string) => void;

const widest = 'test:system'.length;

async function runStep(step: Step, print: Print): Promise<Outcome> {
  const started = performance.now();
  const isTestRun = step.counts === 'tests';
  const result = isTestRun ? await runTests(step, print) : await runCheck(step);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  return { ...result, remark: isTestRun ? `${seconds}  ${closingLine(result.counts)}` : seconds };
}

async function runCheck({ script, options = [] }: Step): Promise<Result> {
  const { exitCode, stdout, stderr } = await runScript(script, options);
  const output = `${stdout}${stderr}`;
  return {
    counts: exitCode === 0 ? onePassed : oneFailed,
    output: script === 'types' ? typeErrors(output) : output,
  };
}

function describe(step: Step, { counts, remark, output }: Outcome): string {
  const word = counts.failed > 0 ? 'FAILED' : 'passed';
  const line = [step.script.padEnd(widest), word, remark].join('  ');
  return counts.failed > 0 ? `${line}\n${output.trimEnd().replace(/^/gm, '    ')}` : line;
}

/** Takes steps from `waiting` until it is empty, and prints each outcome at once. */
async function work(waiting: Step[], print: Print): Promise<Outcome[]> {
  const ended: Outcome[] = [];
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const outcome = await runStep(step, print);
    print(describe(step, outcome));
    ended.push(outcome);
  }
  return ended;
}

/** Runs the steps stage by stage, as many at a time as there are cores, and prints a line for each. */
async function runAll(steps: readonly Step[], print: Print): Promise<Outcome[]> {
  const ended: Outcome[] = [];
  for (const stage of new Set(steps.map((step) => step.stage))) {
    const waiting = steps.filter((step) => step.stage === stage);
    const workers = Array.from({ length: availableParallelism() }, () => work(waiting, print));
    ended.push(...(await Promise.all(workers)).flat());
  }
  return ended;
}

/** What to print of the test files that have finished. */
type Summary = (finished: readonly FinishedFile[]) => string;

/**
 * Runs the steps, prints their lines, what passed and failed, and what it cost: seconds of the clock and of processors.
 * @returns the exit code
 */
async function runAndPrint(steps: readonly Step[], summary: Summary): Promise<number> {
  const started = performance.now();
  const outcomes = await runAll(steps, (line) => console.log(line));
  const counts = total(outcomes.map((outcome) => outcome.counts));
  console.log(summary(outcomes.flatMap(({ finished = [] }) => finished)));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${seconds} s, of processors ${processorTime().toFixed(0)} s`);
  const failures = outcomes.flatMap(({ failures: lines = [] }) => lines);
  if (failures.length > 0) console.log(`Failed tests:\n${failures.map((line) => `  ${line}`).join('\n')}`);
  console.log(`\n${closingLine(counts)}`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

/** Numbers of test files that are listed: the slowest of a run, and the costliest of a profile. */
const [mostListed, mostProfiled] = [10, 60];

/** Runs the steps, and names the slowest test files. @returns the exit code */
export const runAndReport = (steps: readonly Step[]): Promise<number> =>
  runAndPrint(steps, (finished) => ['The slowest test files:', ...slowestFiles(finished, mostListed)].join('\n'));

/** Runs the steps, and prints what each folder and the test files that cost most have cost. @returns the exit code */
export async function runAndProfile(steps: readonly Step[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-profile-'));
  const file = join(folder, 'profile');
  process.env[profileVariable] = file;
  const exitCode = await runAndPrint(steps, () => profileText(readFileSync(file, 'utf8'), mostProfiled));
  rmSync(folder, { recursive: true });
  return exitCode;
}
