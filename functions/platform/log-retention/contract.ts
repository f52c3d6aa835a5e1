import { reads, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/** Removes log lines that are older than their organization keeps them, as long as it says so now. */
export const logRetention = scheduled('log-retention', {
  area: 'system',
  everyMinutes: 60,
  effects: [reads('organization', 'GSI2'), reads('log', 'GSI1'), writes('log'), writes('lease')],
  timeout: 120,
});
