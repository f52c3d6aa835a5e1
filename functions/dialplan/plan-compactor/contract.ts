import { reads, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/**
 * Stores plans whole again that many changes have been made to, so that an evaluator that starts cold reads few.
 * Nothing depends on when: evaluators read the snapshot and all changes behind it.
 */
export const planCompactor = scheduled('plan-folder', {
  folder: 'plan-compactor',
  area: 'dialplan',
  everyMinutes: 1,
  effects: [reads('planchange', 'GSI2'), writes('planchange'), writes('planhead'), writes('plan')],
  timeout: 120,
  // A plan of 10,000 policies is read, parsed and written whole.
  memory: 1_769,
});
