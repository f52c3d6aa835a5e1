/**
 * A batch of records filed over HTTP: each is judged alone, and what is accepted goes to the queue (billing.md, `POST
 * /cdr/{index}`).
 */
import * as z from 'zod';
import { AppError, type ErrorDetail } from '../../../shared/errors.ts';
import { Instant, organizationText, text } from '../../../shared/schema/values.ts';
import { rejectedRecordOf, type RejectedRecord, type Sender } from '../cdr-ingest/arrival.ts';
import {
  conflictWith,
  checkAge,
  readRecord,
  recordOf,
  classifyRepeat,
  rejectionCodes,
  unknownOrganization,
  type Cdr,
  type CdrOrigin,
  type RejectionReason,
} from '../cdr-ingest/cdr.ts';
import { BatchId, RECORDS_PER_MESSAGE, type CdrMessage } from '../cdr-ingest/cdr-message.ts';

const MOST_RECORDS = 1_000;
/** Bytes of the records of a message, which itself may have 256 KiB. */
const MESSAGE_BYTES = 200_000;

export const Batch = BatchId.refine((name) => name !== 'export', 'must not be export');

export const Submission = z
  .object({
    records: z
      .array(z.unknown())
      .refine((records) => records.length > 0, {
        message: 'must hold at least one record',
        params: { code: 'EMPTY_BATCH' },
      })
      .refine((records) => records.length <= MOST_RECORDS, {
        message: `must hold at most ${MOST_RECORDS} records`,
        params: { code: 'TOO_MANY_RECORDS' },
      }),
    source: text(64, 1).nullish(),
    timestamp: Instant.nullish(),
  })
  .meta({ id: 'CdrSubmission' });

const Result = z.object({
  index: z.int(),
  status: z.enum(['accepted', 'duplicate', 'rejected']),
  id: z.string().optional(),
  code: z.enum(rejectionCodes).optional(),
  message: z.string().optional(),
});

export const SubmissionAnswer = z
  .object({
    status: z.literal('success'),
    processed: z.int().meta({ description: 'Accepted and duplicate' }),
    batch_id: z.string(),
    sgapi_reference: z.string(),
    accepted: z.int(),
    duplicate: z.int(),
    rejected: z.int(),
    results: z.array(Result),
  })
  .meta({ id: 'CdrSubmissionResult' });

/** A record as it was read. */
export type Read = { readonly record: unknown } & ({ readonly cdr: Cdr } | { readonly rejection: RejectionReason });

/** Reads each record alone. @param organization whose they are that do not say */
export const readAll = (records: readonly unknown[], organization: number): Read[] =>
  records.map((record) => ({ record, ...readRecord(record, organization) }));

/** What each record is judged by. */
export type Circumstances = {
  /** Organizations that the caller reaches, and how many days back they take CDRs. */
  readonly retentions: ReadonlyMap<number, number>;
  /** What is filed already, by id. */
  readonly filed: ReadonlyMap<string, { readonly content_hash: string; readonly origin: CdrOrigin }>;
  readonly originIn: (organization: number) => CdrOrigin;
  /** Unix milliseconds. */
  readonly now: number;
};

export type Judged =
  | { readonly status: 'accepted' | 'duplicate'; readonly cdr: Cdr }
  | { readonly status: 'rejected'; readonly record: unknown; readonly rejection: RejectionReason };

/** Records filed by the charged organization itself are the tenant's; the operator's never are. */
export const originFor =
  (caller: number, operator: number) =>
  (organization: number): CdrOrigin =>
    caller === organization && caller !== operator ? 'tenant' : 'platform';

/** Judges records in their order: a repeat inside of the batch is one, too. */
export function judgeAll(read: readonly Read[], { retentions, filed, originIn, now }: Circumstances): Judged[] {
  const known = new Map(filed);
  return read.map((each): Judged => {
    const rejected = (rejection: RejectionReason): Judged => ({
      status: 'rejected',
      record: 'cdr' in each ? each.cdr : each.record,
      rejection,
    });
    if ('rejection' in each) return rejected(each.rejection);
    const { cdr } = each;
    const retention = retentions.get(cdr.organization);
    if (retention === undefined) return rejected(unknownOrganization(organizationText(cdr.organization)));
    const untimely = checkAge(cdr, now, retention);
    if (untimely !== null) return rejected(untimely);
    const again = { content_hash: cdr.content_hash, origin: originIn(cdr.organization) };
    const present = known.get(cdr.id);
    const repeat = present === undefined ? null : classifyRepeat(present, again);
    if (repeat === 'conflict') return rejected(conflictWith(cdr));
    if (repeat === 'duplicate') return { status: 'duplicate', cdr };
    known.set(cdr.id, again);
    return { status: 'accepted', cdr };
  });
}

/** As the answer tells it. */
export const resultOf = (judged: Judged, index: number): z.input<typeof Result> =>
  judged.status === 'rejected'
    ? {
        index,
        status: 'rejected',
        code: judged.rejection.code,
        message: rejectedRecordOf(judged.record, judged.rejection).message,
      }
    : { index, id: judged.cdr.id, status: judged.status };

export const refusalsIn = (judged: readonly Judged[]): RejectedRecord[] =>
  judged.flatMap((each) => (each.status === 'rejected' ? [rejectedRecordOf(each.record, each.rejection)] : []));

/** When no record was taken: 422, with the path of every violation. */
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
  return new AppError('CDR_VALIDATION_FAILED', 'No record was accepted', { details });
}

/** What all messages of a submission share. */
export type Envelope = Omit<Sender, 'message' | 'origin' | 'accepted'> & { readonly organization: number };

type Record = ReturnType<typeof recordOf>;

const bytesOf = (record: Record): number => new TextEncoder().encode(JSON.stringify(record)).length;

function inMessages(records: readonly Record[]): Record[][] {
  const messages: Record[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = bytesOf(record);
    const current = messages.at(-1);
    if (current === undefined || current.length === RECORDS_PER_MESSAGE || bytes + size > MESSAGE_BYTES) {
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
  const accepted = judged.flatMap((each) => (each.status === 'accepted' ? [each.cdr] : []));
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
