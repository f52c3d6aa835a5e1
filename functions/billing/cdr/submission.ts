/**
 * A batch of records sent over HTTP: each record is checked alone, and the accepted ones go to the queue
 * (functions/billing/cdr-ingest/README.md, "Batches").
 */
import * as z from 'zod';
import { AppError, errorKinds, type ErrorDetail } from '#errors.ts';
import { asciiJson } from '#schema/ascii-json.ts';
import { Instant, organizationText, text } from '#schema/values.ts';
import { rejectedRecordOf, type RejectedRecord, type Sender } from '../cdr-ingest/arrival.ts';
import { cdrFormats, type CdrFormat } from './formats/formats.ts';
import { maxRecords, type ReadOptions } from './formats/foreign-record.ts';
import type { Rating } from '../cdr-ingest/rating.ts';
import { checkAge, readRecord, recordOf, type Cdr } from '../cdr-ingest/cdr.ts';
import {
  conflictWith,
  rejectionCodes,
  unknownOrganization,
  type RejectionReason,
} from '../cdr-ingest/rejection-reason.ts';
import type { CdrOrigin } from '../cdr-ingest/cdr-message.ts';
import { classifyStatement, fillsOf, statementOf, type Statement } from '../cdr-ingest/correction.ts';
import { BatchId, RECORDS_PER_MESSAGE, type CdrMessage } from '../cdr-ingest/cdr-message.ts';

export const cdrErrors = errorKinds({
  TOO_MANY_RECORDS: [422, 'The batch has too many records.'],
  EMPTY_BATCH: [422, 'The batch has no records.'],
  CDR_VALIDATION_FAILED: [422, 'No record of the batch is valid; `details` lists the violations.'],
});

/** Bytes of the records of a message, as they are sent; SQS takes messages of 256 KiB. */
const messageBytes = 200_000;

export const Batch = BatchId.refine(
  (name) => name !== 'export' && name !== 'mappings',
  'must not be export or mappings',
).describe('Name of the batch: 1 to 128 letters, digits, `.`, `_` or `-`, but not `export` or `mappings`');

export const Submission = z
  .object({
    records: z
      .array(z.unknown())
      .refine((records) => records.length > 0, {
        message: 'must have at least one record',
        params: cdrErrors.EMPTY_BATCH,
      })
      .refine((records) => records.length <= maxRecords, {
        message: `must have at most ${maxRecords} records`,
        params: cdrErrors.TOO_MANY_RECORDS,
      })
      .describe('1 to 1,000 call detail records; each is checked alone'),
    source: text(64, 1).nullish().describe('Producer of the records, 1 to 64 characters; `api` by default'),
    dry_run: z.boolean().nullish().describe('The same as the query parameter'),
    timestamp: Instant.nullish().describe('When the batch was made; not used'),
  })
  .meta({ id: 'CdrSubmission' });

const JsonRecord = z.record(z.string(), z.unknown());

/** What a record would cost: the fields of a rating that its sender compares. */
const ExpectedRating = z.object({
  status: z.enum(['rated', 'free', 'unrated', 'void']).describe('As in a CDR'),
  reason: z.enum(['NOT_E164', 'NO_RATE', 'NO_PROFILE']).nullable().describe('Why the call would be `unrated`'),
  charge: z.string().describe('Charge of the call, a decimal with 4 decimals'),
  currency: z.string().nullable().describe('ISO 4217 code of the charge'),
  billed_seconds: z.int().describe('Seconds that would be billed'),
});

const Result = z.object({
  index: z.int().describe('Position of the record in the batch, from 0'),
  status: z
    .enum(['accepted', 'updated', 'duplicate', 'superseded', 'rejected', 'skipped'])
    .describe(
      '`accepted`: the record is queued; `updated`: the same, and it will fill empty fields of a filed CDR. ' +
        '`superseded`: a duplicate, because the filed CDR has a higher revision. ' +
        '`skipped`: another leg of the call is its CDR',
    ),
  id: z.string().optional().describe('Id of the CDR, unless the record is rejected'),
  org_id: z
    .string()
    .optional()
    .describe('Organization of the record, such as `org_1001`, unless the record is not valid or it is out of reach'),
  code: z.enum(rejectionCodes).optional().describe('Why the record is rejected'),
  message: z.string().optional().describe('What is wrong with the record, or which record has its call'),
  record: JsonRecord.optional().describe('With `dry_run`: the record of `cdr.v1` that would be filed'),
  rating: ExpectedRating.optional().describe('With `dry_run`, for callers with `cdr:read`: what it would cost now'),
});

export const SubmissionAnswer = z
  .object({
    status: z.literal('success').describe('Always `success`'),
    dry_run: z.literal(true).optional().describe('Nothing was queued, because the request has `dry_run`'),
    processed: z.int().describe('Number of accepted and duplicate records'),
    batch_id: z.string().describe('Name of the batch'),
    sgapi_reference: z.string().describe('Reference of this request, such as `sgapi-20260115-103600-a1b2c3`'),
    accepted: z.int().describe('Number of records that are queued, those with the status `updated` included'),
    duplicate: z.int().describe('Number of records that are filed already, superseded or repeated in the batch'),
    rejected: z.int().describe('Number of records that are rejected'),
    skipped: z.int().optional().describe('Number of records whose call another record has; with `format` only'),
    results: z.array(Result).describe('One result per record, in the order of the batch'),
  })
  .meta({ id: 'CdrSubmissionResult' });

/** A record, and the CDR that it makes or the reason why it makes none. `skipped`: which record has its call. */
export type Read = { readonly record: unknown } & (
  | { readonly cdr: Cdr }
  | { readonly rejection: RejectionReason }
  | { readonly skipped: string }
);

/** Reads one record. @param organization of the record if it has no `org_id` */
export const readAs = (record: unknown, organization: number): Read => ({
  record,
  ...readRecord(record, organization),
});

/** Reads each record alone. @param organization of records without `org_id` */
export const readAll = (records: readonly unknown[], organization: number): Read[] =>
  records.map((record) => readAs(record, organization));

/**
 * Reads records as a switch has written them. @param organization of records that name none
 * @throws AppError EMPTY_BATCH, TOO_MANY_RECORDS
 */
export function readForeign(text: string, format: CdrFormat, options: ReadOptions, organization: number): Read[] {
  const records = cdrFormats[format].read(text, options);
  if (records.length === 0) throw new AppError(cdrErrors.EMPTY_BATCH, 'The body has no records');
  if (records.length > maxRecords)
    throw new AppError(cdrErrors.TOO_MANY_RECORDS, `The body must have at most ${maxRecords} records`);
  return records.map(({ given, ...read }) =>
    'record' in read ? readAs(read.record, organization) : { record: given, ...read },
  );
}

/** What the outcome of a record depends on outside of the batch. */
export type Circumstances = {
  /** Organizations that the caller reaches, with the age in days up to which they accept CDRs. */
  readonly retentions: ReadonlyMap<number, number>;
  /** CDRs that are filed already, by id. */
  readonly filed: ReadonlyMap<string, Statement>;
  readonly originIn: (organization: number) => CdrOrigin;
  /** Unix milliseconds. */
  readonly now: number;
};

export type Judged =
  | { readonly status: 'accepted' | 'updated' | 'duplicate' | 'superseded'; readonly cdr: Cdr }
  | { readonly status: 'skipped'; readonly message: string }
  | {
      readonly status: 'rejected';
      readonly record: unknown;
      readonly rejection: RejectionReason;
      /** Null if the record is not valid, or the caller does not reach its organization. */
      readonly organization: number | null;
    };

/** The rank of a caller's records: what it files for itself, for organizations below it, or as the operator. */
export const originFor =
  (caller: number, operator: number) =>
  (organization: number): CdrOrigin => {
    if (caller === operator) return 'platform';
    return caller === organization ? 'tenant' : 'seller';
  };

/** What is expected of a record, and what is filed then. */
function judgeRepeat(cdr: Cdr, again: Statement, stored: Statement | undefined): { judged: Judged; known: Statement } {
  const rejected = { status: 'rejected', record: cdr, rejection: conflictWith(cdr), organization: cdr.organization };
  const repeat = stored === undefined ? 'replacement' : classifyStatement(stored, again);
  switch (repeat) {
    case 'replacement':
    case 'promotion':
      return { judged: { status: 'accepted', cdr }, known: again };
    case 'promotion with update':
    case 'update':
      return { judged: { status: 'updated', cdr }, known: { ...again, ...fillsOf(again, stored ?? again) } };
    case 'duplicate':
    case 'superseded':
      return { judged: { status: repeat, cdr }, known: stored ?? again };
    case 'conflict':
      return { judged: { ...rejected, status: 'rejected' }, known: stored ?? again };
  }
}

/** The outcome of each record, in order: repeats within the batch are judged like those of filed CDRs. */
export function judgeAll(read: readonly Read[], { retentions, filed, originIn, now }: Circumstances): Judged[] {
  const known = new Map(filed);
  return read.map((each): Judged => {
    const rejected = (rejection: RejectionReason, organization: number | null = null): Judged => ({
      status: 'rejected',
      record: 'cdr' in each ? each.cdr : each.record,
      rejection,
      organization,
    });
    if ('skipped' in each) return { status: 'skipped', message: each.skipped };
    if ('rejection' in each) return rejected(each.rejection);
    const { cdr } = each;
    const retention = retentions.get(cdr.organization);
    if (retention === undefined) return rejected(unknownOrganization(organizationText(cdr.organization)));
    const untimely = checkAge(cdr, now, retention);
    if (untimely !== null) return rejected(untimely, cdr.organization);
    const next = judgeRepeat(cdr, statementOf(cdr, originIn(cdr.organization)), known.get(cdr.id));
    known.set(cdr.id, next.known);
    return next.judged;
  });
}

const expectedRating = ({ status, reason, charge, currency, billed_seconds }: Rating) => {
  return { status, reason, charge, currency, billed_seconds };
};

/**
 * The result of a record in the answer.
 * @param dry of a dry run, which shows the record that would be filed: what CDRs would cost, by id
 */
export function resultOf(judged: Judged, index: number, dry?: ReadonlyMap<string, Rating>): z.input<typeof Result> {
  if (judged.status === 'skipped') return { index, ...judged };
  if (judged.status !== 'rejected') {
    const { status, cdr } = judged;
    const filed = { index, id: cdr.id, org_id: organizationText(cdr.organization), status };
    if (dry === undefined) return filed;
    const rating = dry.get(cdr.id);
    return {
      ...filed,
      record: recordOf(cdr),
      ...(rating === undefined ? {} : { rating: expectedRating(rating) }),
    };
  }
  const { organization, record, rejection } = judged;
  return {
    index,
    status: 'rejected',
    ...(organization === null ? {} : { org_id: organizationText(organization) }),
    code: rejection.code,
    message: rejectedRecordOf(record, rejection).message,
  };
}

export const rejectedIn = (judged: readonly Judged[]): RejectedRecord[] =>
  judged.flatMap((each) => (each.status === 'rejected' ? [rejectedRecordOf(each.record, each.rejection)] : []));

/** The error when no record was accepted, with the path of every violation. */
export function allRejected(judged: readonly Judged[]): AppError {
  const details = judged.flatMap((each, index): ErrorDetail[] => {
    if (each.status !== 'rejected') return [];
    const { details: own, message } = each.rejection;
    return own.length === 0
      ? [{ path: `records[${index}]`, message }]
      : own.map(({ path, message: problem }) => ({
          path: path === '' ? `records[${index}]` : `records[${index}].${path}`,
          message: problem,
        }));
  });
  return new AppError(
    cdrErrors.CDR_VALIDATION_FAILED,
    'No record was accepted; `details` lists the violations of each',
    {
      details,
    },
  );
}

/** Fields of every message of a submission. */
export type Envelope = Omit<Sender, 'message' | 'origin' | 'accepted'> & { readonly organization: number };

type Record = ReturnType<typeof recordOf>;

function inMessages(records: readonly Record[]): Record[][] {
  const messages: Record[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = asciiJson(record).length;
    const current = messages.at(-1);
    if (current === undefined || current.length === RECORDS_PER_MESSAGE || bytes + size > messageBytes) {
      messages.push([record]);
      bytes = size;
    } else {
      current.push(record);
      bytes += size;
    }
  }
  return messages;
}

/** The accepted records as messages of the CDR queue. */
export function messagesOf(
  judged: readonly Judged[],
  envelope: Envelope,
  originIn: Circumstances['originIn'],
): CdrMessage[] {
  const { source, sent_at, batch_id, organization } = envelope;
  const accepted = judged.flatMap((each) =>
    each.status === 'accepted' || each.status === 'updated' ? [each.cdr] : [],
  );
  return [...Map.groupBy(accepted, (cdr) => originIn(cdr.organization))].flatMap(([origin, cdrs]) =>
    inMessages(cdrs.map(recordOf)).map((records) => ({
      schema: 'cdr.v1' as const,
      source,
      sent_at,
      batch_id,
      org_id: organization,
      origin,
      accepted: true,
      records,
    })),
  );
}
