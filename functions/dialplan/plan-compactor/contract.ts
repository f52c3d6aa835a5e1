import { reads, writes } from '#contract/effects.ts';
import { scheduled } from '#contract/resource.ts';

/**
 * Compacts plans: writes a new snapshot of a plan after many changes, so that an evaluator that starts cold reads few
 * changes. Evaluators read the snapshot and all later changes, so nothing depends on the time of a run.
 */
export const planCompactor = scheduled('plan-folder', {
  folder: 'plan-compactor',
  area: 'dialplan',
  everyMinutes: 1,
  effects: [reads('planchange', 'GSI2'), writes('planchange'), writes('planhead'), writes('plan')],
  timeout: 120,
  // Reads, parses and writes a plan of 10,000 policies as a whole.
  memory: 1_769,
});
