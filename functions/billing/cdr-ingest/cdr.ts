/** The call detail record: its fields, its identity and its content (billing.md, "CDRs"). */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ErrorDetail } from '../../../shared/errors.ts';
import { JsonObject } from '../../../shared/schema/json.ts';
import { Amount, decimalText } from '../../../shared/schema/money.ts';
import { OrganizationId, organizationText, text } from '../../../shared/schema/values.ts';

export const dispositions = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED'] as const;

/** Seconds by which a producer's clock may be ahead. */
const FUTURE_TOLERANCE = 300;
const SECONDS_PER_DAY = 86_400;
const CUSTOM_BYTES = 2_048;

/** Printable: no line or paragraph separators, format characters or the like, as the identity is made of lines. */
const Party = text(128, 1).pipe(z.string().regex(/^[^\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must be printable'));

/** ISO 8601 with a zone, cut to whole seconds; inside, seconds since 1970. */
const Second = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with zone' })
  .transform((time) => Math.floor(Date.parse(time) / 1_000));

/** Case, `-` and `_` do not count: `no_answer` is `NO ANSWER`. */
export const Disposition = z
  .string()
  .transform((disposition) => disposition.trim().toUpperCase().replace(/[-_]/g, ' '))
  .pipe(z.enum(dispositions));

/** An optional field: absent and null are the same. */
const optional = <S extends z.ZodType>(field: S) =>
  field.nullish().transform((value): z.output<S> | null => value ?? null);

const Reference = optional(text(64, 1));
const WholeSeconds = optional(z.int().min(0));

/** A record as producers send it; unknown fields are ignored. */
const CdrRecord = z.object({
  call_id: Party,
  leg: optional(z.string().regex(/^[A-Za-z0-9_-]{1,16}$/, 'must be 1 to 16 letters, digits, _ or -')),
  org_id: optional(OrganizationId),
  direction: optional(z.enum(['outbound', 'inbound', 'internal'])),
  caller: Party,
  callee: Party,
  start_time: Second,
  answer_time: optional(Second),
  end_time: Second,
  duration: WholeSeconds,
  billable_seconds: WholeSeconds,
  disposition: Disposition,
  trunk_id: Reference,
  gateway_id: Reference,
  device_id: Reference,
  user_id: Reference,
  cost: optional(Amount(6).transform((cost) => decimalText(cost))),
  cause: optional(z.object({ q850: optional(z.int().min(0).max(127)), sip_code: optional(z.int().min(100).max(699)) })),
  custom: optional(JsonObject({ bytes: CUSTOM_BYTES, depth: 16 })),
});
type Sent = z.output<typeof CdrRecord>;

/** A valid record, all defaults filled in. Times are ISO 8601 in UTC, whole seconds. */
export type Cdr = {
  readonly id: string;
  readonly organization: number;
  readonly call_id: string;
  readonly leg: string;
  readonly direction: 'outbound' | 'inbound' | 'internal';
  readonly caller: string;
  readonly callee: string;
  readonly start_time: string;
  readonly answer_time: string | null;
  readonly end_time: string;
  readonly duration: number;
  readonly billable_seconds: number;
  readonly disposition: (typeof dispositions)[number];
  readonly trunk_id: string | null;
  readonly gateway_id: string | null;
  readonly device_id: string | null;
  readonly user_id: string | null;
  /** What the carrier asks, as decimal text. */
  readonly cost: string | null;
  readonly cause: Sent['cause'];
  readonly custom: Sent['custom'];
  /** SHA-256, hexadecimal, of what makes two records the same. */
  readonly content_hash: string;
};

export const rejectionCodes = [
  'VALIDATION_FAILED',
  'DURATION_MISMATCH',
  'IN_FUTURE',
  'TOO_OLD',
  'FORBIDDEN_ORG',
  'CDR_CONFLICT',
] as const;

/** Why one record is not taken; the others of its batch are. */
export type Rejection = {
  readonly code: (typeof rejectionCodes)[number];
  readonly message: string;
  /** Paths within the record. */
  readonly details: readonly ErrorDetail[];
};

const rejection = (code: Rejection['code'], path: string, message: string): Rejection => ({
  code,
  message,
  details: [{ path, message }],
});

/** There is no such organization, or it is out of the sender's reach. */
export const unknownOrganization = (organization: string): Rejection =>
  rejection('FORBIDDEN_ORG', 'org_id', `${organization} is out of reach`);

/** A CDR of the same identity says something else. */
export const conflictWith = ({ call_id, leg }: Pick<Cdr, 'call_id' | 'leg'>): Rejection => ({
  code: 'CDR_CONFLICT',
  message: `Leg ${leg} of call ${call_id} is filed with other content`,
  details: [],
});

/** 32 digits without I, L, O and U (Crockford). */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ID_CHARACTERS = 26;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The id that a CDR's identity gives it: `cdr_` and the first 130 bits of its hash in Crockford base32. */
export function cdrId(organization: number, callId: string, leg: string): string {
  const hash = sha256(`${organizationText(organization)}\n${callId}\n${leg}`);
  const bits = BigInt(`0x${hash.slice(0, 33)}`) >> 2n;
  const digits = bits.toString(32).padStart(ID_CHARACTERS, '0');
  return `cdr_${Array.from(digits, (digit) => CROCKFORD[Number.parseInt(digit, 32)]).join('')}`;
}

const instant = (second: number): string => new Date(second * 1_000).toISOString().replace('.000Z', 'Z');

type Content = Omit<Cdr, 'id' | 'content_hash'>;

/** Over the fields that two records must share to be the same (● on the page), as they are after normalization. */
const contentHash = (cdr: Content): string =>
  sha256(
    JSON.stringify([
      cdr.call_id,
      cdr.leg,
      cdr.organization,
      cdr.direction,
      cdr.caller,
      cdr.callee,
      cdr.start_time,
      cdr.end_time,
      cdr.answer_time,
      cdr.billable_seconds,
      cdr.disposition,
      cdr.trunk_id,
    ]),
  );

/** What is wrong with how a record's times and durations go together, or null. */
function contradiction({
  start_time: start,
  answer_time: answer,
  end_time: end,
  duration,
  billable_seconds: billable,
}: Sent): Rejection | null {
  if (end < start) return rejection('VALIDATION_FAILED', 'end_time', 'must not be before start_time');
  if (answer !== null && (answer < start || answer > end))
    return rejection('VALIDATION_FAILED', 'answer_time', 'must lie between start_time and end_time');
  if (duration !== null && Math.abs(duration - (end - start)) > 1) {
    return rejection(
      'DURATION_MISMATCH',
      'duration',
      `must be end_time less start_time (${end - start}), give or take 1`,
    );
  }
  if (billable !== null && billable > (duration ?? end - start))
    return rejection('VALIDATION_FAILED', 'billable_seconds', 'must not exceed the duration');
  return null;
}

/**
 * From answer to end; without an answer time, all of an answered call. Never more than the duration, which may be a
 * second short.
 */
function billableByDefault(
  { disposition, answer_time: answer, end_time: end }: Omit<Sent, 'org_id'>,
  duration: number,
): number {
  if (disposition !== 'ANSWERED') return 0;
  return answer === null ? duration : Math.min(end - answer, duration);
}

function complete({ org_id: _, ...sent }: Sent, organization: number): Cdr {
  const leg = sent.leg ?? 'a';
  const duration = sent.duration ?? sent.end_time - sent.start_time;
  const content: Content = {
    ...sent,
    organization,
    leg,
    direction: sent.direction ?? 'outbound',
    start_time: instant(sent.start_time),
    answer_time: sent.answer_time === null ? null : instant(sent.answer_time),
    end_time: instant(sent.end_time),
    duration,
    billable_seconds: sent.billable_seconds ?? billableByDefault(sent, duration),
  };
  return { id: cdrId(organization, sent.call_id, leg), ...content, content_hash: contentHash(content) };
}

/** Whether a record does not have a field at all. */
const lacks = (record: unknown, [name, ...within]: readonly PropertyKey[]): boolean =>
  typeof record === 'object' &&
  record !== null &&
  name !== undefined &&
  within.length === 0 &&
  Reflect.get(record, name) === undefined;

/** Reads one record. `organization` is whose it is when it does not say; null: it must. */
export function readRecord(
  record: unknown,
  organization: number | null,
): { readonly cdr: Cdr } | { readonly rejection: Rejection } {
  const parsed = CdrRecord.safeParse(record);
  if (!parsed.success) {
    const details = parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      message: lacks(record, path) ? 'is required' : message,
    }));
    return { rejection: { code: 'VALIDATION_FAILED', message: 'The record is not valid', details } };
  }
  const owner = parsed.data.org_id ?? organization;
  if (owner === null)
    return { rejection: rejection('VALIDATION_FAILED', 'org_id', 'is required, here or for the whole message') };
  const contradicts = contradiction(parsed.data);
  return contradicts === null ? { cdr: complete(parsed.data, owner) } : { rejection: contradicts };
}

/** A CDR as a record again: read by `readRecord`, it is the same CDR. */
export const recordOf = ({ id: _, content_hash: __, organization, ...fields }: Cdr) => ({
  ...fields,
  org_id: organizationText(organization),
});

/**
 * Why a record's times are not taken at an instant (ms), or null. `retention` is the organization's
 * `retention.cdr_days`.
 */
export function judgeAge(cdr: Pick<Cdr, 'start_time' | 'end_time'>, now: number, retention: number): Rejection | null {
  const today = Math.floor(now / 1_000);
  if (Date.parse(cdr.end_time) / 1_000 > today + FUTURE_TOLERANCE)
    return rejection('IN_FUTURE', 'end_time', 'must not be more than 5 minutes ahead');
  if (Date.parse(cdr.start_time) / 1_000 < today - retention * SECONDS_PER_DAY)
    return rejection('TOO_OLD', 'start_time', `must lie within the last ${retention} days`);
  return null;
}

/** `tenant`: filed by the charged organization itself; `platform`: from the queue or the seller. */
export type CdrOrigin = 'tenant' | 'platform';

type Filed = { readonly content_hash: string; readonly origin: CdrOrigin };

/**
 * What a record is to the stored one of its identity. A platform's record replaces what the tenant filed,
 * so that nobody blocks its own bill; else the stored one stays.
 */
export function repeatOf(stored: Filed, again: Filed): 'duplicate' | 'conflict' | 'replacement' {
  if (stored.content_hash === again.content_hash) return 'duplicate';
  return stored.origin === 'tenant' && again.origin === 'platform' ? 'replacement' : 'conflict';
}
