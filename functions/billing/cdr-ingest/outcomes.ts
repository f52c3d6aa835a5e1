/**
 * What becomes of each record that arrives, and of the message that brought it. Decided without store or clock
 * (functions/billing/cdr-ingest/README.md, "Ingestion").
 */
import { AppError } from '#errors.ts';
import {
  batchOwnerOf,
  rejectedRecordOf,
  type Arrival,
  type RejectedRecord,
  type Sender,
  type UnreadableRecord,
} from './arrival.ts';
import { checkAge } from './cdr.ts';
import { conflictWith, type RejectionReason } from './rejection-reason.ts';
import { classifyArrival, type ArrivalClass, type StoredVersion } from './correction.ts';

/** What became of a record. Every message ends with one outcome for each of its records. */
export type Outcome =
  /** Its CDR is stored, by this delivery or an earlier one: rated, free or unrated, as the CDR's rating says. */
  | { readonly is: 'filed' }
  /** A CDR of the same identity and content was stored before. */
  | { readonly is: 'duplicate' }
  /** Not filed, because a correction of it was stored before. */
  | { readonly is: 'superseded' }
  /** Not filed, for example because a CDR of its identity has other content (`CDR_CONFLICT`). */
  | { readonly is: 'rejected'; readonly record: RejectedRecord }
  /** Not decided: time ran out, or other writers held the balance. Its message is requeued. */
  | { readonly is: 'deferred'; readonly by: 'deadline' | 'contention' }
  /** Not decided. Its message is delivered again. */
  | { readonly is: 'failed'; readonly error: unknown };

export type SettledArrival = { readonly arrival: Arrival; readonly outcome: Outcome };

const reject = (arrival: Arrival, reason: RejectionReason): SettledArrival => ({
  arrival,
  outcome: { is: 'rejected', record: rejectedRecordOf(arrival.cdr, reason) },
});

/** Rejects arrivals for one reason. */
export const rejectAll = (arrivals: readonly Arrival[], reason: RejectionReason): SettledArrival[] =>
  arrivals.map((arrival) => reject(arrival, reason));

/** Fails arrivals by one error. */
export const failAll = (arrivals: readonly Arrival[], error: unknown): SettledArrival[] =>
  arrivals.map((arrival) => ({ arrival, outcome: { is: 'failed', error } }));

/** The arrivals that can be filed, and those that are too old or in the future. @param now Unix milliseconds */
export function screenArrivals(
  arrivals: readonly Arrival[],
  { now, retention }: { readonly now: number; readonly retention: number },
): { readonly timely: readonly Arrival[]; readonly untimely: readonly SettledArrival[] } {
  const timely: Arrival[] = [];
  const untimely: SettledArrival[] = [];
  for (const arrival of arrivals) {
    const reason = checkAge(arrival.cdr, now, retention);
    if (reason === null) timely.push(arrival);
    else untimely.push(reject(arrival, reason));
  }
  return { timely, untimely };
}

/** Changes of a stored CDR. */
export type StoredChange = Extract<ArrivalClass, 'replacement' | 'promotion' | 'promotion with update' | 'update'>;

/** The outcome of an arrival whose identity is stored already, or the change that it makes to the stored CDR. */
export function outcomeOfRepeat(stored: StoredVersion, arrival: Arrival): Outcome | StoredChange {
  const repeat = classifyArrival(stored, arrival);
  switch (repeat) {
    case 'redelivery':
      return { is: 'filed' };
    case 'duplicate':
    case 'superseded':
      return { is: repeat };
    case 'conflict':
      return reject(arrival, conflictWith(arrival.cdr)).outcome;
    case 'replacement':
    case 'promotion':
    case 'promotion with update':
    case 'update':
      return repeat;
  }
}

/** Ids of the CDRs that are stored. */
export const filedIds = (settled: readonly SettledArrival[]): string[] =>
  settled.flatMap(({ arrival, outcome }) => (outcome.is === 'filed' ? [arrival.cdr.id] : []));

/** Fails filed arrivals whose follow-up work failed, so that their messages are delivered again and repeat it. */
export const failFiled = (settled: readonly SettledArrival[], error: unknown): SettledArrival[] =>
  settled.map((each) => (each.outcome.is === 'filed' ? { ...each, outcome: { is: 'failed', error } } : each));

const isOutOfTime = (outcome: Outcome): boolean => outcome.is === 'deferred' && outcome.by === 'deadline';

/**
 * Fails deferred arrivals if no arrival was settled at all: then the store does not answer, and more time does not
 * help. Unlike a requeued message, one that fails counts its receives and ends in the dead-letter queue.
 */
export function failWithoutProgress(settled: readonly SettledArrival[]): readonly SettledArrival[] {
  if (!settled.every(({ outcome }) => outcome.is === 'failed' || isOutOfTime(outcome))) return settled;
  const error = new AppError('UNAVAILABLE', 'No record could be filed in this run');
  return settled.map((each) => (isOutOfTime(each.outcome) ? { ...each, outcome: { is: 'failed', error } } : each));
}

/** A message with the outcomes of its records. */
export type SettledMessage<M = unknown> = {
  /** The id of its first delivery. */
  readonly identity: string;
  readonly message: M;
  readonly unreadable: readonly UnreadableRecord[];
  readonly settled: readonly SettledArrival[];
};

/**
 * Whether a message goes to the back of the queue: some of its records were deferred and none failed. Requeued, it does
 * not use up its receives. Records that it has filed recognize it by its identity.
 */
export const isRequeued = ({ settled }: Pick<SettledMessage, 'settled'>): boolean =>
  settled.some(({ outcome }) => outcome.is === 'deferred') && !settled.some(({ outcome }) => outcome.is === 'failed');

/** A record that was not filed: rejected, or (null) a duplicate. `owner` reads about it. */
export type UnfiledRecord = {
  readonly from: Sender;
  readonly owner: number;
  readonly rejected: RejectedRecord | null;
  readonly superseded?: true;
};

/**
 * The records of a message that were not filed.
 * @param operator owns records that cannot be read, if their message names no organization
 * @throws the error of the first record that failed; AppError UNAVAILABLE if one was deferred
 */
export function unfiledRecords(
  { unreadable, settled }: Pick<SettledMessage, 'unreadable' | 'settled'>,
  operator: number,
): UnfiledRecord[] {
  return [
    ...unreadable.map(({ from, rejected }) => ({ from, rejected, owner: batchOwnerOf(from, operator) })),
    ...settled.flatMap(({ arrival: { from, cdr }, outcome }): UnfiledRecord[] => {
      const owner = batchOwnerOf(from, cdr.organization);
      switch (outcome.is) {
        case 'filed':
          return [];
        case 'duplicate':
          return [{ from, owner, rejected: null }];
        case 'superseded':
          return [{ from, owner, rejected: null, superseded: true }];
        case 'rejected':
          return [{ from, owner, rejected: outcome.record }];
        case 'deferred':
          throw new AppError('UNAVAILABLE', 'Other records of the message failed');
        case 'failed':
          throw outcome.error;
      }
    }),
  ];
}

/** What one message reports to one organization. */
export type MessageReport = {
  readonly identity: string;
  readonly owner: number;
  readonly from: Sender;
  readonly rejected: readonly RejectedRecord[];
  /** Superseded records among them. */
  readonly duplicates: number;
  readonly superseded: number;
};

/** The reports of a message, one for each organization. Duplicates alone are reported only of a batch. */
export const reportsOf = (identity: string, unfiled: readonly UnfiledRecord[]): MessageReport[] =>
  [...Map.groupBy(unfiled, ({ owner }) => owner)].flatMap(([owner, records]): MessageReport[] => {
    const rejectedRecords = records.flatMap((record) => record.rejected ?? []);
    const from = records[0]?.from;
    if (from === undefined || (rejectedRecords.length === 0 && from.batch_id === null)) return [];
    const duplicates = records.length - rejectedRecords.length;
    const superseded = records.filter((record) => record.superseded === true).length;
    return [{ identity, owner, from, rejected: rejectedRecords, duplicates, superseded }];
  });
