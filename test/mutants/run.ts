/**
 * Plants faults one at a time in a copy of the project, and runs the unit tests that `npm run check` selects for them:
 * each must turn a test red. `npm run mutants -- [names of patches or areas] [--sample 10] [--seed 7]`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { importGraph, type ImportGraph } from '#bin/check/import-graph.ts';
import { selectionOf } from '#bin/check/selection.ts';
import { argumentsOf, command, UsageError } from '#bin/command-line/command.ts';
import { groupsOf, readMutants, sampleOf, type Mutant } from './mutant.ts';

const root = process.cwd();

/** A copy of the sources in which faults are planted. Packages are those of the project; caches are its own. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'trunkline-mutants-'));
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  for (const file of stdout.split('\0').filter((each) => each !== '' && existsSync(join(root, each)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!['.cache', '.vite'].includes(name))
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  return copy;
}

/** Applies a patch to the copy, or takes it back. */
const apply = (copy: string, { patch }: Mutant, ...options: readonly string[]): boolean =>
  spawnSync('git', ['apply', ...options, join(root, patch)], { cwd: copy, encoding: 'utf8' }).status === 0;

/** Tests of the form of sources judge how a fault is written, and not what it does. */
const judgesForm = (file: string): boolean => file.startsWith('test/checks/');

/** The unit tests that `npm run check` selects after a change. */
const selectedTests = (changed: readonly string[], graph: ImportGraph): readonly string[] =>
  selectionOf(graph, changed)
    .tests.map(({ file }) => file)
    .filter((file) => !judgesForm(file));

type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

/** What tests say: the one that failed, or why none could; neither: all are green. */
type Verdict = { readonly failed?: { readonly file: string; readonly name: string }; readonly isBroken?: string };

function verdictOf({ testResults }: Report, copy: string): Verdict {
  for (const { name: file, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) return { failed: { file: relative(copy, file), name: failed.fullName } };
  }
  const broken = testResults.find(({ status }) => status === 'failed');
  return broken === undefined ? {} : { isBroken: `${relative(copy, broken.name)} does not load` };
}

function runTests(copy: string, files: readonly string[]): Verdict {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const command = ['run', '--project', 'unit', '--bail=1', '--reporter=json', `--outputFile=${report}`, ...files];
  const { status, stderr } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...command], {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 1e9,
    // As `npm run` sets it: tests start programs of packages.
    env: { ...process.env, PATH: `${join(copy, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  });
  if (!existsSync(report)) return { isBroken: `vitest ended with ${status}: ${stderr.slice(-500)}` };
  const verdict = verdictOf(JSON.parse(readFileSync(report, 'utf8')) as Report, copy);
  return status === 0 || verdict.failed !== undefined
    ? verdict
    : { isBroken: `vitest ended with ${status}`, ...verdict };
}

/** The first failure of the selected tests with the fault planted. */
function runWithFault(copy: string, mutant: Mutant, graph: ImportGraph): Verdict {
  for (const group of groupsOf(mutant, selectedTests(mutant.changed, graph))) {
    const verdict = runTests(copy, group);
    if (verdict.failed !== undefined || verdict.isBroken !== undefined) return verdict;
  }
  return {};
}

/** A test finds a fault if it fails with it and passes without. @throws Error if the fault cannot be taken back */
function judge(copy: string, mutant: Mutant, graph: ImportGraph): Verdict {
  if (!apply(copy, mutant)) return { isBroken: 'the patch does not apply' };
  const verdict = runWithFault(copy, mutant, graph);
  if (!apply(copy, mutant, '--reverse')) throw new Error(`${mutant.patch} cannot be taken back`);
  if (verdict.failed === undefined) return verdict;
  const { file } = verdict.failed;
  const without = runTests(copy, [file]);
  return without.failed === undefined && without.isBroken === undefined
    ? verdict
    : { isBroken: `${file} fails without the fault, too` };
}

const Count = z.string().regex(/^\d+$/, 'must be a number').transform(Number).optional();

export const tool = command({
  name: 'mutants',
  purpose: 'Plants faults one at a time in a copy of the project: each must turn a unit test red.',
  arguments: {
    name: z.array(z.string()).default([]).describe('of faults, of their areas, or patches; without one, all'),
  },
  options: {
    sample: Count.describe('plants that many of them'),
    seed: Count.describe('by which the sample is chosen; without it, the run prints the one that it chose'),
  },
});

/** The faults to plant. @throws UsageError for a name that no fault has */
function chosenMutants(): readonly Mutant[] {
  const { name: names, sample, seed = Math.floor(Math.random() * 1e6) } = argumentsOf(tool);
  const all = readMutants(root);
  const named = (name: string): readonly Mutant[] => {
    const found = all.filter(
      (mutant) => [mutant.name, mutant.area].includes(name) || resolve(name) === resolve(mutant.patch),
    );
    if (found.length === 0) throw new UsageError(`No planted fault is named ${name}`);
    return found;
  };
  const mutants = names.length === 0 ? all : names.flatMap(named);
  if (sample === undefined) return mutants;
  console.log(`--sample ${sample} --seed ${seed}`);
  return sampleOf(mutants, sample, seed);
}

/** Plants each fault in the copy, and prints what tests say. @returns how many turned a test red */
function plantAll(copy: string, mutants: readonly Mutant[]): number {
  const graph = importGraph(root);
  let found = 0;
  for (const mutant of mutants) {
    const start = performance.now();
    const { failed, isBroken } = judge(copy, mutant, graph);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    if (failed !== undefined) found += 1;
    const outcome =
      failed === undefined ? `green  ${isBroken ?? 'no test fails'}` : `red    ${failed.file} > ${failed.name}`;
    console.log(`${mutant.rule} (${mutant.name})\n  ${outcome}  ${seconds} s`);
  }
  return found;
}

if (import.meta.main) {
  const mutants = chosenMutants();
  const copy = copyProject();
  try {
    const found = plantAll(copy, mutants);
    console.log(`${found} of ${mutants.length} faults found`);
    process.exitCode = found === mutants.length ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
