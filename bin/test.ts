/**
 * `npm test`: what a reader of the project must believe. `npm run test:all`: that, and what repeats, breaks, storms and
 * compares. Prints one line per check, and one about the progress of tests every minute; runs all of them even if one
 * fails. The last line counts what passed and failed: each test, and each step that is not a test run as one.
 * `--profile` adds what each folder and the costliest test files cost.
 */
import { parseArgs } from 'node:util';
import { runAndProfile, runAndReport } from './check/run.ts';
import { allSteps, steps } from './check/steps.ts';

const { values } = parseArgs({ options: { all: { type: 'boolean' }, profile: { type: 'boolean' } } });
const chosen = values.all === true ? allSteps : steps;
process.exitCode = await (values.profile === true ? runAndProfile(chosen) : runAndReport(chosen));
