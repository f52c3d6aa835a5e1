import type { Selection } from './selection.ts';
import type { Step } from './steps.ts';

/** Configuration of all: with one of these changed, `npm run check` checks everything. */
const configuration =
  /^(package(-lock)?\.json|tsconfig\.json|(vitest|oxlint)\.(config|syntax)\.ts|\.dependency-cruiser\.mjs)$/;

/** Above this number of files, checking all is not much more work, and fits into a command line. */
const manyFiles = 600;

/**
 * Of so few test files, a further process that loads the platform costs more than it saves: as many as there are cores
 * on a small machine.
 */
const fewFiles = 100;

/** Whether a change asks for all checks of all files. */
export const isOfAll = (changed: readonly string[]): boolean => changed.some((file) => configuration.test(file));

/** The steps for all files: where git knows no earlier commit, and after a change of the configuration. */
export const wholeSteps: readonly Step[] = [
  { script: 'test:unit', counts: 'tests', stage: 1 },
  ...['lint', 'format', 'types', 'imports'].map((script): Step => ({ script, counts: 'one', stage: 1 })),
];

/**
 * The steps of `npm run check` for what changed. The compiler checks all files, as it is incremental.
 * @param changed files, relative to the working directory
 */
export function quickSteps(changed: readonly string[], { tests, lint, imports }: Selection): readonly Step[] {
  const of = (script: string, files: readonly string[]): readonly Step[] =>
    files.length === 0 ? [] : [{ script, options: files.length > manyFiles ? [] : files, counts: 'one', stage: 1 }];
  const workers = tests.length > fewFiles ? [] : ['--maxWorkers=2'];
  const files = tests.length > manyFiles ? [] : tests.map(({ file }) => file);
  return [
    { script: 'test:unit', options: [...workers, ...files], counts: 'tests', stage: 1 },
    { script: 'types', counts: 'one', stage: 1 },
    ...of('lint', lint),
    ...of('imports', imports),
    ...of('format:files', changed),
  ];
}
