import { decrementCount } from '#dynamodb/rows/count.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { remove, replace, type Write } from '#dynamodb/write.ts';
import { endLine, type PhoneLine } from '#schema/phone.ts';
import { anyAccountRow } from '../../telephony/rows/sip-account.ts';

/** The count of live lines in an organization. */
export const liveLines = 'phones';

/** The pointer by which a line ends when it expires. */
export const expiryDue = ({ username, org_id, expires_at: at }: PhoneLine): Write<'due'> =>
  scheduleDue({ kind: 'phone.expiry', at, org_id, subject: username });

/** Ends a line: it is kept for a day, and its account goes. @param at ISO 8601 */
export const endWrites = (line: PhoneLine, at: string): Write<'phone' | 'sip-credential' | 'count'>[] => [
  replace(phoneRow, endLine(line, at), line),
  remove(anyAccountRow, { sip_username: line.username }),
  decrementCount(liveLines),
];

/** The event of a line that ends. */
export const endEvent = (line: PhoneLine, reason: 'deleted' | 'expired') => ({
  entity: { type: 'phone', id: line.username },
  description: reason === 'deleted' ? 'Phone line deleted' : 'Phone line expired',
  fields: { user_id: line.user_id, reason },
  callback_url: line.event_callback ?? undefined,
});
