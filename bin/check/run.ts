import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterRepeat,
  closingLine,
  countsOfTests,
  failedFiles,
  oneFailed,
  onePassed,
  total,
  type Counts,
} from './counts.ts';
import type { Step } from './steps.ts';
import { typeErrors } from './type-errors.ts';

type Result = {
  readonly counts: Counts;
  readonly output: string;
  /** On a run that was repeated. */
  readonly note?: string;
};
type Outcome = Result & { readonly remark: string };

const widest = 'test:system'.length;

/** V8's cache of compiled code for everything that runs here: the local cloud alone starts some 25 times. */
const compiled = join(process.cwd(), 'node_modules/.cache/trunkline/compiled');

/** Runs a script of package.json and keeps its output, which is printed only if it fails. */
function runScript(script: string, options: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--run', script, '--', ...options], {
      env: { NODE_COMPILE_CACHE: compiled, ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output: Buffer.concat(printed).toString() }));
  });
}

/** Files with failures that are run once more; more of them are no accident. */
const mostRepeated = 5;

type TestRun = { readonly counts: Counts; readonly output: string; readonly failed: readonly string[] };

async function runVitest({ script, options = [], counts }: Step, files: readonly string[]): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-report-'));
  const file = join(folder, 'report.json');
  const { exitCode, output } = await runScript(script, [
    ...options,
    ...files,
    '--allowOnly=false',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const report = existsSync(file) ? readFileSync(file, 'utf8') : null;
  rmSync(folder, { recursive: true });
  const counted = countsOfTests(report, exitCode, counts === 'affected tests' ? 0 : 1);
  return { counts: counted, output, failed: report === null ? [] : failedFiles(report) };
}

/**
 * Runs tests. With `REPEAT_FAILED=1` (CI), the files of a few failures are run once more by themselves; the output of
 * both runs is printed, also if nothing fails again.
 */
async function runTests(step: Step): Promise<Result> {
  const first = await runVitest(step, []);
  const { length } = first.failed;
  if (process.env['REPEAT_FAILED'] !== '1' || length === 0 || length > mostRepeated) return first;
  const repeated = await runVitest(step, first.failed);
  return {
    counts: afterRepeat(first.counts, repeated.counts),
    output: `${first.output}\nThe failed files once more:\n${repeated.output}`,
    note: `(${closingLine(first.counts)} at first)`,
  };
}

async function runStep(step: Step): Promise<Outcome> {
  const started = performance.now();
  const isTestRun = step.counts !== 'one';
  const result = isTestRun ? await runTests(step) : await runCheck(step);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  return { ...result, remark: isTestRun ? `${seconds}  ${closingLine(result.counts)}` : seconds };
}

async function runCheck({ script, options = [] }: Step): Promise<Result> {
  const { exitCode, output } = await runScript(script, options);
  return {
    counts: exitCode === 0 ? onePassed : oneFailed,
    output: script === 'types' ? typeErrors(output) : output,
  };
}

function describe(step: Step, { counts, remark, output, note }: Outcome): string {
  const word = counts.failed > 0 ? 'FAILED' : 'passed';
  const line = [step.script.padEnd(widest), word, remark, ...(note === undefined ? [] : [note])].join('  ');
  return counts.failed > 0 || note !== undefined ? `${line}\n${output.trimEnd().replace(/^/gm, '    ')}` : line;
}

/** Takes steps from `waiting` until it is empty, and prints each outcome at once. */
async function work(waiting: Step[], print: (line: string) => void): Promise<Counts[]> {
  const ended: Counts[] = [];
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const outcome = await runStep(step);
    print(describe(step, outcome));
    ended.push(outcome.counts);
  }
  return ended;
}

/** Runs the steps stage by stage, as many at a time as there are cores, and prints a line for each. */
async function runAll(steps: readonly Step[], print: (line: string) => void): Promise<Counts[]> {
  const ended: Counts[] = [];
  for (const stage of new Set(steps.map((step) => step.stage))) {
    const waiting = steps.filter((step) => step.stage === stage);
    const workers = Array.from({ length: availableParallelism() }, () => work(waiting, print));
    ended.push(...(await Promise.all(workers)).flat());
  }
  return ended;
}

/** Runs the steps, prints their lines and what passed and failed, and how long it took. @returns the exit code */
export async function runAndReport(steps: readonly Step[]): Promise<number> {
  const started = performance.now();
  const counts = total(await runAll(steps, (line) => console.log(line)));
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`\n${closingLine(counts)}`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}
