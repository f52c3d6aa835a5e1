import { reads, records, removes, writes, type Effect } from './effects.ts';

/** The effects of what asks for legal holds, before it deletes records. */
export const asksHolds = [reads('hold'), reads('holdhead')] as const satisfies readonly Effect[];

/** The effects of what deletes records for their users, and keeps those that are held. */
export const deletesRecords = [...asksHolds, writes('held')] as const satisfies readonly Effect[];

/** The effects of looking for the users that a filter of records names. */
export const readsUsersOfRecords = [reads('user'), reads('eventlog', 'GSI2')] as const satisfies readonly Effect[];

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
  reads('siptrace'),
  reads('siptrace', 'GSI1'),
  reads('eventlog'),
  reads('eventlogbegin'),
] as const satisfies readonly Effect[];

/** The effects of deleting records of all classes, with what belongs to them, or of changing them. */
export const removesRecords = [
  writes('cdr'),
  writes('cdrparty'),
  writes('cdrcall'),
  writes('callcount'),
  writes('smslog'),
  writes('sms'),
  writes('batch'),
  writes('email'),
  writes('voicemail'),
  writes('mailbox'),
  writes('audio'),
  writes('due'),
  writes('file'),
  writes('count'),
  writes('log'),
  removes('siptrace'),
  // Entries are made by the sealer alone.
  removes('eventlog'),
  writes('eventlogbegin'),
  // What users see disappear.
  records('voicemail.deleted'),
  records('file.deleted'),
] as const satisfies readonly Effect[];
