import type { Consumer } from '#contract/resource.ts';
import { emailDelivery } from './email-delivery/contract.ts';
import { smsDelivery } from './sms-delivery/contract.ts';
import { smsLogSearch } from './sms-log-search/contract.ts';
import { smsReports } from './sms-reports/contract.ts';
import { voicemailUploads } from './voicemail-uploads/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const messagingConsumers: readonly Consumer[] = [
  emailDelivery,
  smsDelivery,
  smsLogSearch,
  smsReports,
  voicemailUploads,
];
