/**
 * `npm test`: what a reader of the project must believe. `npm run test:all`: that, and what repeats, breaks, storms and
 * compares. Prints one line per check, and one about the progress of tests every minute; runs all of them even if one
 * fails. The last line counts what passed and failed: each test, and each step that is not a test run as one.
 * `--profile` adds what each folder and the costliest test files cost.
 */
import * as z from 'zod';
import { argumentsOf, command } from './command-line/command.ts';
import { runAndProfile, runAndReport } from './check/run.ts';
import { allSteps, steps } from './check/steps.ts';

export const tool = command({
  name: 'test',
  purpose: 'Runs all static checks, unit tests and proofs, and a journey per area.',
  options: {
    all: z.boolean().default(false).describe('also what takes longer, as `npm run test:all`'),
    profile: z.boolean().default(false).describe('prints the cost of folders and test files'),
  },
});

if (import.meta.main) {
  const { all, profile } = argumentsOf(tool);
  const chosen = all ? allSteps : steps;
  process.exitCode = await (profile ? runAndProfile(chosen) : runAndReport(chosen));
}
