/** One check. `script` is its name in package.json, so that a person runs it alone by `npm run <script>`. */
export type Step = {
  readonly script: string;
  /** Whether it is a run of vitest, whose tests count one by one. */
  readonly tests: boolean;
  /** Steps of one stage run at the same time, as they share nothing; a stage begins when the one before has ended. */
  readonly stage: number;
  /** The file whose absence skips the step. */
  readonly requires?: string;
};

/** What `npm test` does, the slowest of a stage first: unit tests leave a core idle where they wait. */
export const steps: readonly Step[] = [
  { script: 'test:unit', tests: true, stage: 1 },
  { script: 'lint', tests: false, stage: 1 },
  { script: 'format', tests: false, stage: 1 },
  { script: 'types', tests: false, stage: 1 },
  { script: 'synth', tests: false, stage: 1, requires: 'bin/synth.ts' },
  { script: 'unused', tests: false, stage: 1 },
  { script: 'imports', tests: false, stage: 1 },
  { script: 'openapi:lint', tests: false, stage: 1, requires: 'bin/openapi.ts' },
  { script: 'test:system', tests: true, stage: 2 },
];
