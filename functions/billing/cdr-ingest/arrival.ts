/**
 * What a message brings: CDRs that can be filed, and records that cannot be read
 * (functions/billing/cdr-ingest/README.md, "Ingestion").
 */
import { readRecord, type Cdr } from './cdr.ts';
import type { RejectionReason } from './rejection-reason.ts';
import type { CdrOrigin } from './cdr-message.ts';
import type { CdrMessage } from './cdr-message.ts';

/** The message that brought a record, with what its producer states. */
export type Sender = {
  /** SQS message id of the first delivery: the same when the message is delivered again or requeued. */
  readonly message: string;
  readonly source: string;
  /** ISO 8601. */
  readonly sent_at: string;
  readonly batch_id: string | null;
  readonly origin: CdrOrigin;
  /** Whether `POST /cdr/{id}` has counted the records as received already. */
  readonly accepted: boolean;
  /** The organization that owns the batch; null if the message names none. */
  readonly organization: number | null;
};

/** A CDR that can be filed. `position` counts from 0 within the message. */
export type Arrival = { readonly cdr: Cdr; readonly from: Sender; readonly position: number };

/** A record that was rejected, as its sender reads about it. */
export type RejectedRecord = Pick<RejectionReason, 'code' | 'message'> & {
  readonly call_id: string | null;
  readonly leg: string | null;
};

/** A record that is not a valid CDR. `position`: as that of an arrival. */
export type UnreadableRecord = {
  readonly rejected: RejectedRecord;
  readonly from: Sender;
  readonly position: number;
};

const maxIdentityCharacters = 128;
const maxMessageCharacters = 500;

/** A text field of a record that has not been validated. */
function textIn(record: unknown, field: 'call_id' | 'leg'): string | null {
  const value: unknown = typeof record === 'object' && record !== null ? Reflect.get(record, field) : null;
  return typeof value === 'string' ? value.slice(0, maxIdentityCharacters) : null;
}

/** A rejected record, with the violations of its reason in one sentence. */
export const rejectedRecordOf = (record: unknown, { code, message, details }: RejectionReason): RejectedRecord => ({
  call_id: textIn(record, 'call_id'),
  leg: textIn(record, 'leg'),
  code,
  message:
    details.length === 0
      ? message
      : details
          .map(({ path, message: problem }) => (path === '' ? problem : `${path}: ${problem}`))
          .join('; ')
          .slice(0, maxMessageCharacters),
});

/** The organization that reads the result of a batch: the one that its message names, else the record's own. */
export const batchOwnerOf = ({ organization }: Sender, ofRecord: number): number => organization ?? ofRecord;

/** Only the platform's producers state carriers' costs. */
const withTrustedCost = (cdr: Cdr, { origin }: Sender): Cdr => (origin === 'tenant' ? { ...cdr, cost: null } : cdr);

/** Reads each record of a message by itself. @param id of the message */
export function readArrivals(
  message: CdrMessage,
  id: string,
): { readonly arrivals: readonly Arrival[]; readonly unreadable: readonly UnreadableRecord[] } {
  const from: Sender = {
    message: id,
    source: message.source,
    sent_at: message.sent_at,
    batch_id: message.batch_id ?? null,
    origin: message.origin ?? 'platform',
    accepted: message.accepted ?? false,
    organization: message.org_id ?? null,
  };
  const read = message.records.map((record, position) => ({
    record,
    position,
    result: readRecord(record, from.organization),
  }));
  return {
    arrivals: read.flatMap(({ result, position }) =>
      'cdr' in result ? [{ cdr: withTrustedCost(result.cdr, from), from, position }] : [],
    ),
    unreadable: read.flatMap(({ record, result, position }) =>
      'rejection' in result ? [{ rejected: rejectedRecordOf(record, result.rejection), from, position }] : [],
    ),
  };
}

/** Splits arrivals into rounds in which each identity occurs once, so that earlier records are decided first. */
export function roundsOf(arrivals: readonly Arrival[]): Arrival[][] {
  const seen = new Map<string, number>();
  const rounds: Arrival[][] = [];
  for (const arrival of arrivals) {
    const round = seen.get(arrival.cdr.id) ?? 0;
    seen.set(arrival.cdr.id, round + 1);
    (rounds[round] ??= []).push(arrival);
  }
  return rounds;
}
