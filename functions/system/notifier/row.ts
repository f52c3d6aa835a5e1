import { row } from '#dynamodb/row.ts';
import { day, second } from '#schema/time.ts';
import type { NoticeState } from './admission.ts';

type NoticeKey = { readonly event_id: string; readonly rule_id: string };

/** Which rules have acted on an event. It stays longer than the event, so that a repetition finds it. */
export type DecidedEvent = Pick<NoticeKey, 'event_id'> & {
  readonly rules: readonly string[];
  /** ISO 8601 UTC. */
  readonly at: string;
};

/** Seconds after which a decision expires. An event expires 30 days after it is settled. */
const ttl = (32 * day) / second;

/** `notice#1001`: the rules that were decided for an event. One item for all of them, as an event may start 50. */
export const decidedEventRow = row<'notice', DecidedEvent, Pick<NoticeKey, 'event_id'>>('notice', {
  unsharded: 'the state of an organization is one item, which all decisions write',
  sort: ({ event_id: event }) => `decided/${event}`,
  expires: ({ at }) => Math.floor(Date.parse(at) / second) + ttl,
});

export const keptPrefix = 'kept/';

/** A notice that is kept until the quiet hours end. */
export const keptNoticeRow = row<'notice', NoticeKey, NoticeKey>('notice', {
  unsharded: 'at most 1,000 of an organization',
  sort: ({ event_id: event, rule_id: rule }) => `${keptPrefix}${event}/${rule}`,
});

/** By which the notices of an organization are decided. */
export const noticeStateRow = row<'notice', NoticeState, object>('notice', {
  unsharded: 'notices of an organization are decided one after the other; a batch is one decision',
  sort: () => 'state',
});
