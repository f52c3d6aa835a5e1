/** The call detail record: its fields, its identity and its content (functions/billing/README.md, "CDRs"). */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { JsonObject } from '#schema/json.ts';
import { Amount, decimalText } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { day, minute, second } from '#schema/time.ts';
import { CallId, OrganizationId, organizationText, text } from '#schema/values.ts';
import { ownerMissing, reasonAt, type RejectionReason } from './rejection-reason.ts';

export const dispositions = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED'] as const;

/** Seconds by which a producer's clock may be ahead. */
const clockTolerance = (5 * minute) / second;
const secondsPerDay = day / second;
/** Seconds. A longer call is a mistake of its producer, such as the wrong year. */
const maxDuration = 86_400;
const maxCustomBytes = 2_048;

/** The hashed identity consists of lines, of which printable text has one. */
const Party = CallId;

/** ISO 8601 with a zone, cut to whole Unix seconds. */
const UnixSecond = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with zone' })
  .transform((time) => Math.floor(Date.parse(time) / second));

/** Dispositions of other names: Asterisk ends calls for which no circuit was free with its own. */
const synonyms: Readonly<Record<string, (typeof dispositions)[number]>> = { CONGESTION: 'FAILED' };

/** Case, `-` and `_` do not matter: `no_answer` is `NO ANSWER`. */
export const Disposition = z
  .string()
  .transform((disposition) => disposition.trim().toUpperCase().replace(/[-_]/g, ' '))
  .transform((disposition) => synonyms[disposition] ?? disposition)
  .pipe(z.enum(dispositions));

/** An optional field. Absent and null mean the same. */
const optional = <S extends z.ZodType>(field: S) =>
  field.nullish().transform((value): z.output<S> | null => value ?? null);

const Reference = optional(text(64, 1));
const WholeSeconds = optional(z.int().min(0));

const identity = {
  call_id: Party,
  leg: optional(z.string().regex(/^[A-Za-z0-9_-]{1,16}$/, 'must be 1 to 16 letters, digits, _ or -')),
  org_id: optional(OrganizationId),
  revision: optional(z.int().min(1)),
};

/** A record that voids the CDR of its identity. Its other fields are ignored. */
const VoidRecord = z.object(identity);

/** How good a call sounded, as its switch measured it. */
const Quality = z.object({
  mos: optional(z.number().min(1).max(5)),
  jitter_ms: optional(z.number().min(0).max(60_000)),
  loss_percent: optional(z.number().min(0).max(100)),
  codec: Reference,
});

/** A record as producers send it. Unknown fields are ignored. */
const CdrRecord = z.object({
  ...identity,
  void: optional(z.literal(false, 'must be true or false')),
  direction: optional(z.enum(['outbound', 'inbound', 'internal'])),
  caller: Party,
  callee: Party,
  start_time: UnixSecond,
  answer_time: optional(UnixSecond),
  end_time: UnixSecond,
  duration: WholeSeconds,
  billable_seconds: WholeSeconds,
  disposition: Disposition,
  trunk_id: Reference,
  gateway_id: Reference,
  device_id: Reference,
  user_id: Reference,
  cost: optional(Amount(6).transform((cost) => decimalText(cost))),
  cause: optional(z.object({ q850: optional(z.int().min(0).max(127)), sip_code: optional(z.int().min(100).max(699)) })),
  custom: optional(JsonObject({ bytes: maxCustomBytes, depth: 16 })),
  quality: optional(Quality),
});
type Sent = z.output<typeof CdrRecord>;
/** Without the organization, which a record may leave to its message. */
type SentCall = Omit<Sent, 'org_id' | 'revision' | 'void'>;

/** A valid record with all defaults filled in. Times are ISO 8601 in UTC, in whole seconds. */
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
  /** What the carrier charges, as decimal text. */
  readonly cost: string | null;
  readonly cause: Sent['cause'];
  readonly custom: Sent['custom'];
  readonly quality: Sent['quality'];
  /** Counts the corrections of a record by its producer, from 1. */
  readonly record_revision: number;
  /** Whether the record voids its call, which is then not charged. */
  readonly void: boolean;
  /** SHA-256, hexadecimal, over the fields that two records must share to have the same content. */
  readonly content_hash: string;
};

const instant = (unixSecond: number): string => new Date(unixSecond * second).toISOString().replace('.000Z', 'Z');

/** Why a duration does not fit the times of its record, or is too long; else null. */
function durationFault({ start_time: start, end_time: end, duration }: SentCall): RejectionReason | null {
  if (duration !== null && Math.abs(duration - (end - start)) > 1) {
    return reasonAt(
      'DURATION_MISMATCH',
      'duration',
      `must be within 1 second of end_time minus start_time (${end - start})`,
    );
  }
  if ((duration ?? end - start) > maxDuration)
    return reasonAt('DURATION_TOO_LONG', 'duration', `must be at most ${maxDuration} seconds`);
  return null;
}

/** Why a record's fields contradict each other, or null. */
function contradictionIn(call: SentCall): RejectionReason | null {
  const { start_time: start, answer_time: answer, end_time: end, duration, billable_seconds: billable } = call;
  if (end < start) return reasonAt('VALIDATION_FAILED', 'end_time', 'must not be before start_time');
  if (answer !== null && (answer < start || answer > end))
    return reasonAt('VALIDATION_FAILED', 'answer_time', 'must be between start_time and end_time');
  const fault = durationFault(call);
  if (fault !== null || billable === null) return fault;
  if (billable > (duration ?? end - start))
    return reasonAt('VALIDATION_FAILED', 'billable_seconds', 'must not exceed the duration');
  if (billable > 0 && call.disposition !== 'ANSWERED')
    return reasonAt('VALIDATION_FAILED', 'billable_seconds', 'must be 0 for a call that was not answered');
  return null;
}

/**
 * From answer to end, or the whole duration of an answered call without answer time. Never more than the duration,
 * which may be a second short.
 */
function defaultBillableSeconds(
  { disposition, answer_time: answer, end_time: end }: SentCall,
  duration: number,
): number {
  if (disposition !== 'ANSWERED') return 0;
  return answer === null ? duration : Math.min(end - answer, duration);
}

function completeCdr(sent: SentCall, revision: number | null, organization: number): Cdr {
  const leg = sent.leg ?? 'a';
  const duration = sent.duration ?? sent.end_time - sent.start_time;
  const content = {
    ...sent,
    organization,
    leg,
    direction: sent.direction ?? ('outbound' as const),
    start_time: instant(sent.start_time),
    answer_time: sent.answer_time === null ? null : instant(sent.answer_time),
    end_time: instant(sent.end_time),
    duration,
    billable_seconds: sent.billable_seconds ?? defaultBillableSeconds(sent, duration),
    record_revision: revision ?? 1,
    void: false,
  };
  return { id: cdrId(organization, sent.call_id, leg), ...content, content_hash: contentHash(content) };
}

/** The start of a call of which only a void is known, until it is filed. */
export const unknownStart = instant(0);

/** A void names no call: it has no parties, no seconds and no time. */
const noCall = {
  direction: 'internal',
  caller: '',
  callee: '',
  start_time: unknownStart,
  answer_time: null,
  end_time: unknownStart,
  duration: 0,
  billable_seconds: 0,
  disposition: 'CANCELLED',
  trunk_id: null,
  gateway_id: null,
  device_id: null,
  user_id: null,
  cost: null,
  cause: null,
  custom: null,
  quality: null,
} as const;

function completeVoid(sent: Omit<z.output<typeof VoidRecord>, 'org_id'>, organization: number): Cdr {
  const [leg, record_revision] = [sent.leg ?? 'a', sent.revision ?? 1];
  const content = { ...noCall, call_id: sent.call_id, leg, organization, record_revision, void: true };
  return { id: cdrId(organization, sent.call_id, leg), ...content, content_hash: contentHash(content) };
}

/** Whether a record lacks a top-level field. */
const lacksField = (record: unknown, [name, ...within]: readonly PropertyKey[]): boolean =>
  typeof record === 'object' &&
  record !== null &&
  name !== undefined &&
  within.length === 0 &&
  Reflect.get(record, name) === undefined;

/** Whether a record is a void, of which nothing but its identity and its revision is read. */
const isVoid = (record: unknown): boolean =>
  typeof record === 'object' && record !== null && Reflect.get(record, 'void') === true;

type ReadResult = { readonly cdr: Cdr } | { readonly rejection: RejectionReason };

function violationsOf(record: unknown, { issues }: z.ZodError): RejectionReason {
  const details = issues.map(({ path, message }) => ({
    path: path.join('.'),
    message: lacksField(record, path) ? 'is required' : message,
  }));
  return { code: 'VALIDATION_FAILED', message: 'The record is not valid', details };
}

function readVoid(record: unknown, organization: number | null): ReadResult {
  const parsed = VoidRecord.safeParse(record);
  if (!parsed.success) return { rejection: violationsOf(record, parsed.error) };
  const { org_id, ...sent } = parsed.data;
  const owner = org_id ?? organization;
  return owner === null ? { rejection: ownerMissing } : { cdr: completeVoid(sent, owner) };
}

/**
 * Reads one record: a CDR, or why it is rejected. @param organization of a record that names none; null if each record
 * must name its own
 */
export function readRecord(record: unknown, organization: number | null): ReadResult {
  if (isVoid(record)) return readVoid(record, organization);
  const parsed = CdrRecord.safeParse(record);
  if (!parsed.success) return { rejection: violationsOf(record, parsed.error) };
  const { org_id, ...call } = parsed.data;
  const owner = org_id ?? organization;
  if (owner === null) return { rejection: ownerMissing };
  const contradiction = contradictionIn(call);
  return contradiction === null
    ? { cdr: completeCdr(omit(call, 'revision', 'void'), call.revision, owner) }
    : { rejection: contradiction };
}

/** The record of a CDR. `readRecord` makes the same CDR of it. */
export function recordOf(cdr: Cdr) {
  const owner = { org_id: organizationText(cdr.organization) };
  const revision = cdr.record_revision === 1 ? {} : { revision: cdr.record_revision };
  if (cdr.void) return { call_id: cdr.call_id, leg: cdr.leg, void: true, ...revision, ...owner };
  return { ...omit(cdr, 'id', 'content_hash', 'organization', 'record_revision', 'void'), ...revision, ...owner };
}

/**
 * Why a CDR is too old, or too far in the future, to be filed; else null. A void has no time.
 * @param now Unix milliseconds @param retention days, the organization's `retention.cdr_days`
 */
export function checkAge(
  cdr: Pick<Cdr, 'start_time' | 'end_time' | 'void'>,
  now: number,
  retention: number,
): RejectionReason | null {
  if (cdr.void) return null;
  const present = Math.floor(now / second);
  if (Date.parse(cdr.end_time) / second > present + clockTolerance)
    return reasonAt('IN_FUTURE', 'end_time', 'must not be more than 5 minutes in the future');
  if (Date.parse(cdr.start_time) / second < present - retention * secondsPerDay)
    return reasonAt('TOO_OLD', 'start_time', `must be within the last ${retention} days`);
  return null;
}

/**
 * What identifies a CDR, and what two records must share to have the same content
 * (functions/billing/README.md, "CDRs").
 */

/** Crockford's base32 digits: without I, L, O and U. */
const crockfordDigits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const idCharacters = 26;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The id of a CDR's identity: `cdr_` and the first 130 bits of its SHA-256 hash in Crockford base32. */
export function cdrId(organization: number, callId: string, leg: string): string {
  const hash = sha256(`${organizationText(organization)}\n${callId}\n${leg}`);
  const bits = BigInt(`0x${hash.slice(0, 33)}`) >> 2n;
  const digits = bits.toString(32).padStart(idCharacters, '0');
  return `cdr_${Array.from(digits, (digit) => crockfordDigits[Number.parseInt(digit, 32)]).join('')}`;
}

type Content = Omit<Cdr, 'id' | 'content_hash'>;

/**
 * Over the normalized fields that two records must share to have the same content: of a void its identity and its
 * revision. The hash of a first record that is no void has no part for either, because stored hashes have none.
 */
export function contentHash(cdr: Content): string {
  if (cdr.void) return sha256(JSON.stringify([cdr.call_id, cdr.leg, cdr.organization, 'void', cdr.record_revision]));
  return sha256(
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
      ...(cdr.record_revision === 1 ? [] : [cdr.record_revision]),
    ]),
  );
}
