import type { FunctionContract } from '../../shared/contract/resource.ts';
import { emailDelivery } from './email-delivery/contract.ts';
import { emailSuppressions } from './email-suppressions/contract.ts';
import { emailTemplates } from './email-templates/contract.ts';
import { emails } from './email/contract.ts';
import { smsMessages } from './sms/contract.ts';
import { smsDelivery } from './sms-delivery/contract.ts';
import { noticeAddresses } from './notice-addresses/contract.ts';
import { smsLogSearch } from './sms-log-search/contract.ts';
import { smsLogs } from './sms-logs/contract.ts';
import { smsOptOuts } from './sms-opt-outs/contract.ts';
import { smsReports } from './sms-reports/contract.ts';
import { voicemailDrops } from './voicemail-drops/contract.ts';
import { voicemailPreferences } from './voicemail-preferences/contract.ts';
import { voicemailUploads } from './voicemail-uploads/contract.ts';
import { voicemail } from './voicemail/contract.ts';

/** SMS, e-mail and voicemail. */
export const messagingContracts: readonly FunctionContract[] = [
  emailDelivery,
  emailSuppressions,
  emailTemplates,
  emails,
  noticeAddresses,
  smsDelivery,
  smsLogSearch,
  smsLogs,
  smsMessages,
  smsOptOuts,
  smsReports,
  voicemailDrops,
  voicemailPreferences,
  voicemailUploads,
  voicemail,
];
