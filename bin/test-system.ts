/**
 * `npm run test:system [area …]`: the tests that call a running system, one area after the other, with a table at the
 * end. Anything that is no area is a part of the paths of test files.
 */
import * as z from 'zod';
import { argumentsOf, command } from './command-line/command.ts';
import { areas, namedSteps } from './check/areas.ts';
import { runAndReport } from './check/run.ts';

export const tool = command({
  name: 'test:system',
  purpose: 'Runs the tests that call a running system, one area after the other.',
  arguments: {
    name: z
      .array(z.string())
      .default([])
      .describe(`areas (${areas.join(', ')}), or parts of the paths of test files; without one, all`),
  },
});

if (import.meta.main) process.exitCode = await runAndReport(namedSteps(argumentsOf(tool).name));
