/** Main program of a run of the canary, whose secret is its argument. Prints its steps, and `passed` or the fault. */
import { canaryHandler } from '#functions/system/canary/handler.ts';
import { testDependencies } from './dependencies.fixture.ts';

const [, , secret = '{}'] = process.argv;
const dependencies = testDependencies();
const run = canaryHandler({
  ...dependencies,
  log: {
    ...dependencies.log,
    note: (message, steps = {}) => process.stdout.write(`${message}: ${Object.keys(steps).join(', ')}\n`),
  },
  environment: process.env,
  secrets: { read: async () => secret, putOnce: async () => '' },
});
await run({ time: '' }).then(
  () => process.stdout.write('passed\n'),
  (error: unknown) => process.stdout.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`),
);
