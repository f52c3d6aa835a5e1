import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Journal } from './journal.ts';
import { describeOutcome, tableOf, type Outcome } from './outcome.ts';
import { processorTime, profileText, profileVariable } from './profile.ts';
import { progressOf, progressText, progressVariable, slowestFiles, type FinishedFile } from './progress.ts';
import { runScript } from './run-script.ts';
import { nameOf, type Step } from './steps.ts';
import { closingLine, countsOfTests, failuresFirst, failuresIn, oneFailed, onePassed, total } from './test-report.ts';
import { typeErrors } from './type-errors.ts';

/** Milliseconds between lines about the progress of a run. */
const progressInterval = 60_000;

const reporter = fileURLToPath(new URL('progress-reporter.ts', import.meta.url));

type Print = (line: string) => void;

/** What a step has found, without what is known of it before. */
type Found = Omit<Outcome, 'name' | 'seconds'>;

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** Runs tests, and prints a line about their progress every minute. */
async function runTests(step: Step, print: Print): Promise<Found> {
  const { script, options = [] } = step;
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-report-'));
  const [file, progressFile] = [join(folder, 'report.json'), join(folder, 'progress')];
  const progress = () => progressOf(existsSync(progressFile) ? readFileSync(progressFile, 'utf8') : '');
  const started = performance.now();
  const timer = setInterval(() => {
    print(`${nameOf(step)}: ${progressText(progress())} after ${secondsSince(started).toFixed(0)} s`);
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

async function runCheck({ script, options = [] }: Step): Promise<Found> {
  const { exitCode, stdout, stderr } = await runScript(script, options);
  const output = `${stdout}${stderr}`;
  return {
    counts: exitCode === 0 ? onePassed : oneFailed,
    output: script === 'types' ? typeErrors(output) : output,
    failures: [],
  };
}

const widest = 'test:journeys'.length;

async function runStep(step: Step, print: Print): Promise<Outcome> {
  const started = performance.now();
  const found = step.counts === 'tests' ? await runTests(step, print) : await runCheck(step);
  return { name: nameOf(step), seconds: secondsSince(started), ...found };
}

/** What runs beside the steps: lines for a person, and the journal of a run that can be resumed. */
type Report = { readonly print: Print; readonly journal: Journal | undefined };

/** Takes steps from `waiting` until it is empty, and reports each outcome at once. */
async function work(waiting: Step[], { print, journal }: Report): Promise<Outcome[]> {
  const ended: Outcome[] = [];
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const outcome = await runStep(step, print);
    print(describeOutcome(outcome, widest));
    journal?.add(outcome);
    ended.push(outcome);
  }
  return ended;
}

/** Runs the steps stage by stage, as many at a time as there are cores, and reports each. */
async function runAll(steps: readonly Step[], report: Report): Promise<Outcome[]> {
  const ended = [...(report.journal?.ended ?? [])];
  const left = steps.filter((step) => ended.every(({ name }) => name !== nameOf(step)));
  for (const stage of new Set(left.map((step) => step.stage))) {
    const waiting = left.filter((step) => step.stage === stage);
    const workers = Array.from({ length: availableParallelism() }, () => work(waiting, report));
    ended.push(...(await Promise.all(workers)).flat());
  }
  const placeOf = ({ name }: Outcome): number => steps.findIndex((step) => nameOf(step) === name);
  return ended.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** What to print of the test files that have finished. */
type Summary = (finished: readonly FinishedFile[]) => string;

/**
 * Runs the steps, prints their lines, what passed and failed, and what it cost: seconds of the clock and of processors.
 * @returns the exit code
 */
async function runAndPrint(steps: readonly Step[], summary: Summary, journal?: Journal): Promise<number> {
  const started = performance.now();
  const outcomes = await runAll(steps, { print: (line) => console.log(line), journal });
  const counts = total(outcomes.map((outcome) => outcome.counts));
  console.log(summary(outcomes.flatMap(({ finished = [] }) => finished)));
  console.log(`\n${tableOf(outcomes)}`);
  console.log(`\n${secondsSince(started).toFixed(0)} s, of processors ${processorTime().toFixed(0)} s`);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  if (failures.length > 0) console.log(`Failed tests:\n${failures.map((line) => `  ${line}`).join('\n')}`);
  console.log(`\n${closingLine(counts)}`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

/** Numbers of test files that are listed: the slowest of a run, and the costliest of a profile. */
const [mostListed, mostProfiled] = [10, 60];

/**
 * Runs the steps, and names the slowest test files.
 * @param journal keeps the outcomes, and has those of steps that need not run again
 * @returns the exit code
 */
export const runAndReport = (steps: readonly Step[], journal?: Journal): Promise<number> =>
  runAndPrint(
    steps,
    (finished) => ['The slowest test files:', ...slowestFiles(finished, mostListed)].join('\n'),
    journal,
  );

/** Runs the steps, and prints what each folder and the test files that cost most have cost. @returns the exit code */
export async function runAndProfile(steps: readonly Step[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-profile-'));
  const file = join(folder, 'profile');
  process.env[profileVariable] = file;
  const exitCode = await runAndPrint(steps, () => profileText(readFileSync(file, 'utf8'), mostProfiled));
  rmSync(folder, { recursive: true });
  return exitCode;
}
