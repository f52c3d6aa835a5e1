import { affectedFiles, type ImportGraph } from './import-graph.ts';

/** One check. `script` is its name in package.json, so that a person can run it alone with `npm run <script>`. */
export type Step = {
  readonly script: string;
  /** Added to the script's command line. */
  readonly options?: readonly string[];
  /** How the step counts: a run of vitest by its tests, anything else as one. */
  readonly counts: 'tests' | 'affected tests' | 'one';
  /** Steps of one stage run concurrently, as they share nothing; a stage begins when the previous one has ended. */
  readonly stage: number;
};

/** The steps of `npm test`, the slowest of a stage first: unit tests leave a core idle while they wait. */
export const steps: readonly Step[] = [
  { script: 'test:unit', counts: 'tests', stage: 1 },
  { script: 'lint', counts: 'one', stage: 1 },
  { script: 'format', counts: 'one', stage: 1 },
  { script: 'types', counts: 'one', stage: 1 },
  { script: 'synth', counts: 'one', stage: 1 },
  { script: 'unused', counts: 'one', stage: 1 },
  { script: 'imports', counts: 'one', stage: 1 },
  { script: 'openapi:lint', counts: 'one', stage: 1 },
  { script: 'test:journeys', counts: 'tests', stage: 2 },
];

/** The steps of `npm run test:all`. */
export const allSteps: readonly Step[] = [...steps, { script: 'test:system', counts: 'tests', stage: 3 }];

/** Configuration of all: with one of these changed, `npm run check` checks everything. */
const configuration =
  /^(package(-lock)?\.json|tsconfig\.json|(vitest|oxlint)\.(config|syntax)\.ts|\.dependency-cruiser\.mjs)$/;

/** Above this number of files, checking all is not much more work, and fits into a command line. */
const manyFiles = 600;

/** Tests of what all files have in common, which import none of them. */
const formTests = ['form', 'repository', 'domain-tests'].map((name) => `test/checks/${name}.test.ts`);
/** A row is declared where it is, and the proof of all finds it by its name. */
const rowTests = ['test/infra/access-patterns.test.ts'];

const isTest = (file: string): boolean =>
  file.endsWith('.test.ts') && !/^test\/(journeys|system|authorization|fuzz|storms|soak|bench)\//.test(file);
const isRow = (file: string): boolean => /\/(row|rows\/[^/]+)\.ts$/.test(file);

/**
 * The steps of `npm run check`. The compiler checks all files, as it is incremental. The linter and the import rules
 * check what changed and what imports it, as their rules follow types and imports; and so do the unit tests.
 *
 * @param changed files, relative to the working directory; undefined checks all
 */
export function quickSteps(changed: readonly string[] | undefined, graph: ImportGraph): readonly Step[] {
  const affected = changed === undefined ? [] : [...affectedFiles(graph, changed)];
  const isWhole =
    changed === undefined || changed.some((file) => configuration.test(file)) || affected.length > manyFiles;
  if (isWhole) {
    return [
      { script: 'test:unit', counts: 'tests', stage: 1 },
      ...['lint', 'format', 'types', 'imports'].map((script): Step => ({ script, counts: 'one', stage: 1 })),
    ];
  }
  const of = (script: string, files: readonly string[]): readonly Step[] =>
    files.length === 0 ? [] : [{ script, options: files, counts: 'one', stage: 1 }];
  const tests = [...affected.filter(isTest), ...formTests, ...(changed.some(isRow) ? rowTests : [])];
  return [
    { script: 'test:unit', options: [...new Set(tests)], counts: 'tests', stage: 1 },
    { script: 'types', counts: 'one', stage: 1 },
    ...of('lint', affected),
    ...of('imports', affected),
    ...of('format:files', changed),
  ];
}
