/**
 * `npm test`: every check of the project. Prints one line per check, and one about the progress of tests every minute;
 * runs all of them even if one fails. The last line counts what passed and failed: each test, and each step that is not
 * a test run as one.
 */
import { runAndReport } from './check/run.ts';
import { steps } from './check/steps.ts';

process.exitCode = await runAndReport(steps, 10);
