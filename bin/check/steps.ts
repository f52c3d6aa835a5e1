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
export const allSteps: readonly Step[] = [
  ...steps,
  { script: 'test:system', counts: 'tests', stage: 3 },
  { script: 'test:storms', counts: 'tests', stage: 4 },
  // Other ten of the planted faults each time; the output names the number that chose them.
  { script: 'mutants', options: ['--sample', '10'], counts: 'one', stage: 5 },
  // Ratios to peers and to other sizes: a loss of speed is seen when it is made.
  { script: 'bench', options: ['--guard'], counts: 'one', stage: 6 },
];
