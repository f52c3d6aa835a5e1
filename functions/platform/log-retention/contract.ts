import { reads, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/** Deletes log lines that are older than their organization keeps them (functions/platform/README.md, "Retention"). */
export const logRetention = scheduled('log-retention', {
  area: 'system',
  everyMinutes: 60,
  effects: [reads('organization', 'GSI2'), reads('log', 'GSI1'), writes('log'), writes('lease')],
  timeout: 120,
});
