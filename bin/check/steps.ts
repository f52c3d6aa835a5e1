import { areas, areaSteps } from './areas.ts';

/** One check. `script` is its name in package.json, so that a person can run it alone with `npm run <script>`. */
export type Step = {
  readonly script: string;
  /** Added to the script's command line. */
  readonly options?: readonly string[];
  /** As it is printed, if several steps run one script. */
  readonly name?: string;
  /** How the step counts: a run of vitest by its tests, anything else as one. */
  readonly counts: 'tests' | 'one';
  /** Steps of one stage run concurrently, as they share nothing; a stage begins when the previous one has ended. */
  readonly stage: number;
};

export const nameOf = ({ name, script }: Step): string => name ?? script;

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

const [firstArea, afterAreas] = [3, 3 + areas.length];

/** The steps of `npm run test:all`. */
export const allSteps: readonly Step[] = [
  ...steps,
  ...areaSteps(areas, firstArea),
  { script: 'test:storms', counts: 'tests', stage: afterAreas },
  // Other ten of the planted faults each time; the output names the number that chose them.
  { script: 'mutants', options: ['--sample', '10'], counts: 'one', stage: afterAreas + 1 },
];
