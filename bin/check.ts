/**
 * `npm test`: every check of the project, one line for each, all of them even when one fails.
 * The last line counts what passed and failed: each test, and each step that is no test run as one.
 */
import { steps } from './check/steps.ts';
import { runAll } from './check/run.ts';
import { closingLine, total } from './check/counts.ts';

const counts = total(await runAll(steps, (line) => console.log(line)));

console.log(`\n${closingLine(counts)}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
