/**
 * `npm run check`: the inner loop. Types of the whole project; lint, import rules and unit tests of what changed and
 * of what imports it. Uncommitted changes count, and all commits since the branch left `main`. Names the areas whose
 * system tests the change asks for.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { argumentsOf, command } from './command-line/command.ts';
import { areasOf } from './check/areas.ts';
import { changes } from './check/changes.ts';
import { importGraph } from './check/import-graph.ts';
import { isOfAll, quickSteps, wholeSteps } from './check/quick-steps.ts';
import { runAndReport } from './check/run.ts';
import { describeSelection, selectionOf } from './check/selection.ts';
import type { Step } from './check/steps.ts';

function selectedSteps(): readonly Step[] {
  const changed = changes();
  if (changed === undefined) {
    console.log('Everything: git names no earlier commit.');
    return wholeSteps;
  }
  console.log(`Files changed since ${changed.since}: ${changed.files.length}`);
  if (isOfAll(changed.files)) {
    console.log('Everything: the configuration changed.');
    return wholeSteps;
  }
  const graph = importGraph(process.cwd());
  const selection = selectionOf(graph, changed.files);
  console.log(describeSelection(selection));
  const areas = areasOf(graph, changed.files);
  if (areas.length > 0) console.log(`System tests, not run here: npm run test:system -- ${areas.join(' ')}`);
  return quickSteps(changed.files, selection);
}

export const tool = command({
  name: 'check',
  purpose: 'Checks types, and lint, format, imports and unit tests of what changed since `main`.',
});

if (import.meta.main) {
  argumentsOf(tool);
  const steps = selectedSteps();
  // Three steps need the types of the API. Where contracts do not load, each of these steps says why.
  spawnSync(process.execPath, [fileURLToPath(new URL('openapi-types.ts', import.meta.url))]);
  process.exitCode = await runAndReport(steps);
}
