/**
 * `npm run check`: the inner loop. Types of the whole project; lint, import rules and unit tests of what changed and
 * of what imports it. Uncommitted changes count, and all commits since the branch left `main`.
 */
import { changes } from './check/changes.ts';
import { importGraph } from './check/import-graph.ts';
import { runAndReport } from './check/run.ts';
import { quickSteps } from './check/steps.ts';

const changed = changes();
console.log(
  changed === undefined
    ? 'All files: git names no earlier commit.'
    : `Files changed since ${changed.since}: ${changed.files.length}`,
);
process.exitCode = await runAndReport(quickSteps(changed?.files, importGraph(process.cwd())));
