import { reads, writes } from '../../../shared/contract/effects.ts';
import { asksHolds } from '../../../shared/contract/record-effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/**
 * Deletes log lines, SMS and e-mails that are older than their organization keeps them (functions/platform/README.md,
 * "Retention").
 */
export const logRetention = scheduled('log-retention', {
  area: 'system',
  everyMinutes: 60,
  effects: [
    ...asksHolds,
    writes('email'),
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
