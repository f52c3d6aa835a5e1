import type { FunctionContract } from '#contract/resource.ts';
import { emailSuppressions } from './email-suppressions/contract.ts';
import { emailTemplates } from './email-templates/contract.ts';
import { emails } from './email/contract.ts';
import { flowSms } from './flow-sms/contract.ts';
import { smsMessages } from './sms/contract.ts';
import { mailboxLogIns } from './mailbox-log-ins/contract.ts';
import { noticeAddresses } from './notice-addresses/contract.ts';
import { smsLogs } from './sms-logs/contract.ts';
import { smsOptOuts } from './sms-opt-outs/contract.ts';
import { voicemailDrops } from './voicemail-drops/contract.ts';
import { voicemailGreetings } from './voicemail-greetings/contract.ts';
import { voicemailPreferences } from './voicemail-preferences/contract.ts';
import { voicemail } from './voicemail/contract.ts';
import { messagingConsumers } from './consumers.ts';

/** SMS, e-mail and voicemail. */
export const messagingContracts: readonly FunctionContract[] = [
  emailSuppressions,
  emailTemplates,
  emails,
  flowSms,
  mailboxLogIns,
  noticeAddresses,
  smsLogs,
  smsMessages,
  smsOptOuts,
  voicemailDrops,
  voicemailGreetings,
  voicemailPreferences,
  voicemail,
  ...messagingConsumers,
];
