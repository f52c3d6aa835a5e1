import { reads, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/**
 * Deletes log lines and SMS that are older than their organization keeps them (functions/platform/README.md,
 * "Retention").
 */
export const logRetention = scheduled('log-retention', {
  area: 'system',
  everyMinutes: 60,
  effects: [
    reads('organization', 'GSI2'),
    reads('log', 'GSI1'),
    writes('log'),
    reads('smslog', 'GSI1'),
    writes('smslog'),
    writes('sms'),
    writes('batch'),
    writes('lease'),
  ],
  timeout: 120,
});
