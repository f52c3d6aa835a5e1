import { reads, writes, type Effect } from './effects.ts';

/** The effects of what asks for legal holds, before it deletes records. */
export const asksHolds = [reads('hold'), reads('holdhead')] as const satisfies readonly Effect[];

/** The effects of what deletes records for their users, and keeps those that are held. */
export const deletesRecords = [...asksHolds, writes('held')] as const satisfies readonly Effect[];

/** The effects of reading records of all classes, and what decides about them. */
export const readsRecords = [
  ...asksHolds,
  reads('organization'),
  reads('billingprofile'),
  reads('balance'),
  reads('archivingpolicy'),
  reads('cdr'),
  reads('cdr', 'GSI1'),
  reads('smslog'),
  reads('smslog', 'GSI1'),
  reads('sms'),
  reads('batch'),
  reads('email'),
  reads('voicemail'),
  reads('voicemailprefs'),
  reads('user-extension'),
  reads('file'),
  reads('file', 'GSI1'),
  reads('log'),
  reads('log', 'GSI1'),
  reads('eventlog'),
  reads('eventlogbegin'),
] as const satisfies readonly Effect[];
