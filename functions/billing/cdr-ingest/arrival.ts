/**
 * What arrives in a message: records to be filed, and records that cannot be (billing.md, "The queue as an interface").
 */
import { readRecord, type Cdr, type CdrOrigin, type Rejection } from './cdr.ts';
import type { CdrMessage } from './cdr-message.ts';

/** The message that brought a record, and what its sender said of it. */
export type Sender = {
  /** Of SQS: the same when the message is delivered again, or was put back. */
  readonly message: string;
  readonly source: string;
  /** ISO 8601 */
  readonly sent_at: string;
  readonly batch_id: string | null;
  readonly origin: CdrOrigin;
  /** `POST /cdr/{id}` has counted the records as received. */
  readonly accepted: boolean;
  /** The organization that reads what became of the batch, where the message names it. */
  readonly organization: number | null;
};

/** A record that can be filed. `position` counts within the message. */
export type Arrival = { readonly cdr: Cdr; readonly from: Sender; readonly position: number };

/** A record that is not taken, as its sender reads of it. */
export type Refusal = Pick<Rejection, 'code' | 'message'> & {
  readonly call_id: string | null;
  readonly leg: string | null;
};

export type RefusedArrival = { readonly refusal: Refusal; readonly from: Sender };

const IDENTITY_CHARACTERS = 128;

/** A field of a record that may be anything. */
function textIn(record: unknown, field: 'call_id' | 'leg'): string | null {
  const value: unknown = typeof record === 'object' && record !== null ? Reflect.get(record, field) : null;
  return typeof value === 'string' ? value.slice(0, IDENTITY_CHARACTERS) : null;
}

/** Why a record is not taken, in one sentence. */
export const refusalOf = (record: unknown, { code, message, details }: Rejection): Refusal => ({
  call_id: textIn(record, 'call_id'),
  leg: textIn(record, 'leg'),
  code,
  message:
    details.length === 0
      ? message
      : details
          .map(({ path, message: problem }) => (path === '' ? problem : `${path}: ${problem}`))
          .join('; ')
          .slice(0, 500),
});

/** Where what became of a batch is written: with its sender, else with the organization of the record. */
export const homeOf = ({ organization }: Sender, ofRecord: number): number => organization ?? ofRecord;

/** Carriers' costs come from the platform's producers only. */
const trusted = (cdr: Cdr, { origin }: Sender): Cdr => (origin === 'tenant' ? { ...cdr, cost: null } : cdr);

/** Reads each record of a message alone. @param id of the message */
export function readArrivals(
  message: CdrMessage,
  id: string,
): { readonly arrivals: readonly Arrival[]; readonly refused: readonly RefusedArrival[] } {
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
    outcome: readRecord(record, from.organization),
  }));
  return {
    arrivals: read.flatMap(({ outcome, position }) =>
      'cdr' in outcome ? [{ cdr: trusted(outcome.cdr, from), from, position }] : [],
    ),
    refused: read.flatMap(({ record, outcome }) =>
      'rejection' in outcome ? [{ refusal: refusalOf(record, outcome.rejection), from }] : [],
    ),
  };
}

/** Rounds in which no identity comes twice: what comes first is judged first. */
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
