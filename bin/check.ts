/**
 * `npm run check`: the inner loop. Types, lint, format and import rules of the whole project, and the unit tests that
 * depend on what changed. Uncommitted changes count, and all commits since the branch left `main`.
 */
import { changeBase } from './check/change-base.ts';
import { runAndReport } from './check/run.ts';
import { quickSteps } from './check/steps.ts';

const base = changeBase();
console.log(base === undefined ? 'All unit tests: git names no earlier commit.' : `Changes since ${base.slice(0, 12)}`);
process.exitCode = await runAndReport(quickSteps(base));
