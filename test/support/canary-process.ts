/** Main program of a run of the canary, whose secret is its argument. It prints `passed`, or why it failed. */
import { canaryHandler } from '#functions/system/canary/handler.ts';
import { testDependencies } from './dependencies.fixture.ts';

const [, , secret = '{}'] = process.argv;
const run = canaryHandler({
  ...testDependencies(),
  environment: process.env,
  secrets: { read: async () => secret, putOnce: async () => '' },
});
await run({ time: '' }).then(
  () => process.stdout.write('passed\n'),
  (error: unknown) => process.stdout.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`),
);
