import * as z from 'zod';
import { invalidParameter } from '#errors.ts';
import { day } from '#schema/time.ts';
import { IdInUrl, OrganizationInUrl, Timestamp } from '#schema/values.ts';
import type { CdrPointer } from '../../billing/cdr-ingest/cdr-pointer.ts';
import type { FiledCdr } from '../../billing/cdr-ingest/filed-cdr.ts';

/** The history of calls (functions/calls/README.md, "History"). */

const pastStatuses = ['completed', 'busy', 'no-answer', 'failed', 'cancelled'] as const;
type PastStatus = (typeof pastStatuses)[number];

const statusOf = {
  ANSWERED: 'completed',
  BUSY: 'busy',
  'NO ANSWER': 'no-answer',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const satisfies Readonly<Record<FiledCdr['disposition'], PastStatus>>;

/** An organization, or a user of the own one. */
export const CustomerInUrl = z
  .union([OrganizationInUrl, IdInUrl], 'must be an organization such as org_1001, or the id of a user')
  .describe('Organization (`1001` or `org_1001`) within reach, or id of a user')
  .meta({ examples: ['org_1001'] });

export const historyFilters = {
  start_date: z.iso.date().optional().describe('First day of the calls (UTC); 29 days before the last by default'),
  end_date: z.iso.date().optional().describe('Last day of the calls (UTC), included; today by default'),
  status: z.enum(pastStatuses).optional().describe('Only calls that ended so'),
};
type Filters = { readonly [K in keyof typeof historyFilters]?: z.output<(typeof historyFilters)[K]> };

const defaultDays = 30;
const maxDays = 92;

/** ISO 8601 in whole seconds, as the start of a CDR is written. */
const secondAt = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

/**
 * The range of call starts: `from` inclusive, `to` exclusive.
 * @param now Unix milliseconds
 * @throws AppError INVALID_PARAMETER if it ends before its start, or has more than 92 days
 */
export function daysOf({ start_date: first, end_date: last }: Filters, now: number): { from: string; to: string } {
  const end =
    last === undefined ? Math.max(midnight(now), first === undefined ? 0 : Date.parse(first)) : Date.parse(last);
  const start = first === undefined ? end - (defaultDays - 1) * day : Date.parse(first);
  if (start > end) throw invalidParameter('start_date', 'must not be after end_date');
  if (end - start >= maxDays * day)
    throw invalidParameter('end_date', `must be less than ${maxDays} days after start_date`);
  return { from: secondAt(start), to: secondAt(end + day) };
}

const midnight = (now: number): number => Math.floor(now / day) * day;

/** Whether a CDR is that of a call, and not of another leg of it, and matches the filters. */
export const isPastCall =
  ({ status }: Filters): ((cdr: Pick<CdrPointer, 'leg' | 'disposition' | 'rating_status'>) => boolean) =>
  ({ leg, disposition, rating_status }) =>
    leg === 'a' && rating_status !== 'void' && (status === undefined || statusOf[disposition] === status);

/** A user with the extension that it has: as it is the callee of CDRs, and since when (ISO 8601). */
export type CalledUser = {
  readonly id: string;
  readonly extension: { readonly party: string; readonly since: string } | null;
};

/** Whether a CDR, which is of a user or of a call to its extension, is of a call that the user placed or got. */
export const isCallOf =
  ({ id, extension }: CalledUser): ((cdr: Pick<CdrPointer, 'user_id' | 'direction' | 'start_time'>) => boolean) =>
  ({ user_id: user, direction, start_time: start }) =>
    user === id || (direction === 'internal' && extension !== null && start >= extension.since);

/** A call in the history. */
export const PastCall = z
  .object({
    id: z.string().describe('Id of the call, `call_id` of its CDR'),
    source: z.string().describe('Caller: a number (E.164), a SIP user, or `anonymous`'),
    destination: z.string().describe('Number or SIP user that was called'),
    direction: z.enum(['outbound', 'inbound', 'internal']).describe('Direction, as seen from the organization'),
    user_id: z.string().nullable().describe('User who called, or who was called from outside'),
    status: z.enum(pastStatuses).describe('How the call ended'),
    duration: z.int().describe('Seconds from start to end'),
    start_time: Timestamp.describe('When the call began'),
    end_time: Timestamp.describe('When the call ended'),
  })
  .meta({
    id: 'PastCall',
    example: {
      id: 'call_01M80C4A3X5J5YNXFESCQD4901',
      source: '+4610100555',
      destination: '+46890510',
      direction: 'outbound',
      user_id: 'usr_01HZX3',
      status: 'completed',
      duration: 120,
      start_time: '2026-01-01T10:00:00Z',
      end_time: '2026-01-01T10:02:00Z',
    },
  });

type Cdr = Pick<
  FiledCdr,
  'call_id' | 'caller' | 'callee' | 'direction' | 'user_id' | 'disposition' | 'duration' | 'start_time' | 'end_time'
>;

/** A CDR as a call of the past. @param reader whose history it is in; null: that of the organization */
export const presentPast = (
  { call_id: id, caller, callee, direction, user_id: user, disposition, duration, start_time, end_time }: Cdr,
  reader: string | null,
): z.output<typeof PastCall> => ({
  id,
  source: caller,
  destination: callee,
  direction,
  // Who withholds its number is not named to the one who is called.
  user_id: caller === 'anonymous' && reader !== null && user !== reader ? null : user,
  status: statusOf[disposition],
  duration,
  start_time,
  end_time,
});
