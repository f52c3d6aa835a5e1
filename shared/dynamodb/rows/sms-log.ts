import type { SmsLogEntry } from '../../schema/sms-log.ts';
import { row } from '../row.ts';

type EntryKey = Pick<SmsLogEntry, 'message_id'>;

/** The GSI1 partition of all entries of an organization, after the entity. */
export const entriesOf = (organization: number): readonly string[] => [String(organization)];
/** The GSI2 partition of the entries of a sender, after the entity. */
export const entriesFrom = (organization: number, sender: string): readonly string[] => [
  String(organization),
  'from',
  sender,
];

/** `smslog#1001#<message_id>`; GSI1: all entries by time; GSI2: those of a sender by time. */
export const smsLogRow = row<'smslog', SmsLogEntry, EntryKey, EntryKey>('smslog', {
  records: 'sms',
  afterClosing: 'messages are kept',
  unsharded: 'at most 600 recipients a minute; an import that is faster than an index is answered 503',
  partition: ({ message_id: id }) => [id],
  sort: () => 'entry',
  index1: ({ timestamp }, organization) => ({ partition: entriesOf(organization), sort: timestamp }),
  index2: ({ from, timestamp }, organization) => ({ partition: entriesFrom(organization, from), sort: timestamp }),
});
