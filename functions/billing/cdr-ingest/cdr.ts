/**
 * The call detail record: its fields, its identity and its content (functions/billing/cdr-ingest/README.md, "CDRs").
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { JsonObject } from '#schema/json.ts';
import { Amount, decimalText } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { day, minute, second } from '#schema/time.ts';
import { attestations, verstats } from '#telephony/caller-identity.ts';
import { CallId, OrganizationId, organizationText, text } from '#schema/values.ts';
import { Disposition } from '../schema/disposition.ts';
import { ownerMissing, reasonAt, type RejectionReason } from './rejection-reason.ts';

/** Seconds by which a producer's clock may be ahead. */
const clockTolerance = (5 * minute) / second;
const secondsPerDay = day / second;
/**
 * Seconds, of a week: conferences and bridged lines last for days. A longer call is a mistake of its producer, such as
 * the wrong year.
 */
const maxDuration = 7 * secondsPerDay;
const maxCustomBytes = 2_048;

/**
 * The hashed identity consists of lines, of which printable text has one. Contact lists put marks of direction around
 * numbers.
 */
const Party = z
  .string()
  .overwrite((party) => party.replace(/\p{Cf}/gu, ''))
  .pipe(CallId);

/** ISO 8601 with a zone, as Unix milliseconds. */
const UnixMilliseconds = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with zone' })
  .transform((time) => Date.parse(time));

/** An optional field. Absent and null mean the same. */
const optional = <S extends z.ZodType>(field: S) =>
  field.nullish().transform((value): z.output<S> | null => value ?? null);

const Reference = optional(text(64, 1));
const WholeSeconds = optional(z.int().min(0));

const identity = {
  call_id: CallId,
  leg: optional(z.string().regex(/^[A-Za-z0-9_-]{1,16}$/, 'must be 1 to 16 letters, digits, _ or -')),
  org_id: optional(OrganizationId),
  revision: optional(z.int().min(1)),
};

/** A record that voids the CDR of its identity. Its other fields are ignored. */
const VoidRecord = z.object(identity);

/** How good a call sounded, as its switch measured it. */
const Quality = z
  .object({
    mos: optional(z.number().min(1).max(5)),
    jitter_ms: optional(z.number().min(0).max(60_000)),
    loss_percent: optional(z.number().min(0).max(100)),
    codec: Reference,
    audio_missing: optional(z.enum(['source', 'destination', 'both'])),
  })
  .transform(({ audio_missing: missing, ...measured }) =>
    missing === null ? measured : { ...measured, audio_missing: missing },
  );

/** Whether the caller was verified. Absent in most records, and then absent in what is stored. */
const Stir = z.object({
  verstat: z.enum(verstats),
  attestation: z.enum(attestations).optional(),
  origid: text(64, 1).optional(),
  reason: z.int().min(400).max(499).optional(),
});

/** A record as producers send it. Unknown fields are ignored. */
const CdrRecord = z.object({
  ...identity,
  void: optional(z.literal(false, 'must be true or false')),
  direction: optional(z.enum(['outbound', 'inbound', 'internal'])),
  caller: Party,
  callee: Party,
  start_time: UnixMilliseconds,
  answer_time: optional(UnixMilliseconds),
  end_time: UnixMilliseconds,
  duration: WholeSeconds,
  billable_seconds: WholeSeconds,
  disposition: Disposition,
  trunk_id: Reference,
  gateway_id: Reference,
  device_id: Reference,
  user_id: Reference,
  cost: optional(Amount(6).transform((cost) => decimalText(cost))),
  cause: optional(
    z.object({
      q850: optional(z.int().min(0).max(127)),
      sip_code: optional(z.int().min(100).max(699)),
      // Absent in most records, and then absent in what is stored.
      text: z.string().max(256).nullish(),
      side: z.enum(['caller', 'callee', 'system']).nullish(),
    }),
  ),
  custom: optional(JsonObject({ bytes: maxCustomBytes, depth: 16 })),
  quality: optional(Quality),
  stir: Stir.nullish(),
  // As `stir`.
  related_call_id: CallId.nullish(),
  answered_by: text(64, 1).nullish(),
  account_code: text(64, 1).nullish(),
});
type Sent = z.output<typeof CdrRecord>;
/** Seconds that a record states beside its times. */
type StatedSeconds = { readonly duration?: number; readonly billable_seconds?: number };
/** Without the organization, which a record may leave to its message. */
type SentCall = Omit<Sent, 'org_id' | 'revision' | 'void'>;

/**
 * A valid record with all defaults filled in. Times are ISO 8601 in UTC, in whole seconds: keys, filters and content
 * hashes have them. The milliseconds after them are fields of their own.
 */
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
  /** Milliseconds after `start_time`, `answer_time` and `end_time`, 0 to 999. */
  readonly start_ms: number;
  readonly answer_ms: number | null;
  readonly end_ms: number;
  /** Seconds; from the times in milliseconds, rounded up once, unless the producer states them. */
  readonly duration: number;
  readonly billable_seconds: number;
  /** The seconds that the producer states. */
  readonly stated: StatedSeconds;
  readonly disposition: Disposition;
  readonly trunk_id: string | null;
  readonly gateway_id: string | null;
  readonly device_id: string | null;
  readonly user_id: string | null;
  /** What the carrier charges, as decimal text. */
  readonly cost: string | null;
  readonly cause: Sent['cause'];
  readonly custom: Sent['custom'];
  readonly quality: Sent['quality'];
  readonly stir?: Sent['stir'];
  /** Absent and null: not known. */
  readonly related_call_id?: string | null | undefined;
  readonly answered_by?: string | null | undefined;
  readonly account_code?: string | null | undefined;
  /** Counts the corrections of a record by its producer, from 1. */
  readonly record_revision: number;
  /** Whether the record voids its call, which is then not charged. */
  readonly void: boolean;
  /** SHA-256, hexadecimal, over the fields that two records must share to have the same content. */
  readonly content_hash: string;
};

const wholeSecond = (time: number): number => Math.floor(time / second);
const instant = (time: number): string => `${new Date(time).toISOString().slice(0, -'.000Z'.length)}Z`;
const millisecondsOf = (time: number): number => time - wholeSecond(time) * second;

/** Seconds of a time that has begun, however short: a call of 1.71 seconds has 2. */
const roundUp = (milliseconds: number): number => Math.ceil(milliseconds / second);

/** Why a duration does not fit the times of its record in whole seconds, or is too long; else null. */
function durationFault({ start_time: start, end_time: end, duration }: SentCall): RejectionReason | null {
  const whole = wholeSecond(end) - wholeSecond(start);
  if (duration !== null && Math.abs(duration - whole) > 1) {
    return reasonAt('DURATION_MISMATCH', 'duration', `must be within 1 second of end_time minus start_time (${whole})`);
  }
  if ((duration ?? roundUp(end - start)) > maxDuration)
    return reasonAt('DURATION_TOO_LONG', 'duration', `must be at most ${maxDuration} seconds`);
  return null;
}

/** Why a record's fields contradict each other, or null. Times are compared in whole seconds. */
function contradictionIn(call: SentCall): RejectionReason | null {
  const { duration, billable_seconds: billable } = call;
  const [start, end] = [wholeSecond(call.start_time), wholeSecond(call.end_time)];
  const answer = call.answer_time === null ? null : wholeSecond(call.answer_time);
  if (end < start) return reasonAt('VALIDATION_FAILED', 'end_time', 'must not be before start_time');
  if (answer !== null && (answer < start || answer > end))
    return reasonAt('VALIDATION_FAILED', 'answer_time', 'must be between start_time and end_time');
  const fault = durationFault(call);
  if (fault !== null || billable === null) return fault;
  if (billable > (duration ?? roundUp(call.end_time - call.start_time)))
    return reasonAt('VALIDATION_FAILED', 'billable_seconds', 'must not exceed the duration');
  if (billable > 0 && call.disposition !== 'ANSWERED')
    return reasonAt('VALIDATION_FAILED', 'billable_seconds', 'must be 0 for a call that was not answered');
  return null;
}

/** The times of a call in order: clocks of less than a second may disagree within one. Unix milliseconds. */
function orderedTimes({ start_time: start, answer_time, end_time }: SentCall) {
  const end = Math.max(start, end_time);
  return { start, answer: answer_time === null ? null : Math.min(Math.max(start, answer_time), end), end };
}

type Times = {
  readonly disposition: Cdr['disposition'];
  readonly start: number;
  readonly answer: number | null;
  readonly end: number;
};

/**
 * Seconds of a call. Of an answered call those from answer to end are billable, or the whole duration if there is no
 * answer time, but never more than the duration, which may be stated a second short.
 * @param round of milliseconds to seconds
 */
function secondsOf({ disposition, start, answer, end }: Times, stated: StatedSeconds, round: (time: number) => number) {
  const { duration = round(end - start) } = stated;
  const talked = answer === null ? duration : Math.min(round(end - answer), duration);
  return { duration, billable_seconds: stated.billable_seconds ?? (disposition === 'ANSWERED' ? talked : 0) };
}

function statedBy({ duration, billable_seconds }: SentCall): StatedSeconds {
  return {
    ...(duration === null ? {} : { duration }),
    ...(billable_seconds === null ? {} : { billable_seconds }),
  };
}

function completeCdr(sent: SentCall, revision: number | null, organization: number): Cdr {
  const leg = sent.leg ?? 'a';
  const { start, answer, end } = orderedTimes(sent);
  const stated = statedBy(sent);
  const content = {
    ...sent,
    organization,
    leg,
    direction: sent.direction ?? ('outbound' as const),
    start_time: instant(start),
    answer_time: answer === null ? null : instant(answer),
    end_time: instant(end),
    start_ms: millisecondsOf(start),
    answer_ms: answer === null ? null : millisecondsOf(answer),
    end_ms: millisecondsOf(end),
    ...secondsOf({ disposition: sent.disposition, start, answer, end }, stated, roundUp),
    stated,
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
  start_ms: 0,
  answer_ms: null,
  end_ms: 0,
  duration: 0,
  billable_seconds: 0,
  stated: {},
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

/** Fields of a CDR that its record has not, or in another form. */
const computedFields = [
  ...(['id', 'content_hash', 'organization', 'record_revision', 'void'] as const),
  ...(['start_ms', 'answer_ms', 'end_ms', 'duration', 'billable_seconds', 'stated'] as const),
] as const;

/** A time with its milliseconds. @param time ISO 8601, in whole seconds */
const preciseTime = (time: string, milliseconds: number): string =>
  new Date(Date.parse(time) + milliseconds).toISOString();

/** The record of a CDR. `readRecord` makes the same CDR of it. */
export function recordOf(cdr: Cdr) {
  const owner = { org_id: organizationText(cdr.organization) };
  const revision = cdr.record_revision === 1 ? {} : { revision: cdr.record_revision };
  if (cdr.void) return { call_id: cdr.call_id, leg: cdr.leg, void: true, ...revision, ...owner };
  return {
    ...omit(cdr, ...computedFields),
    start_time: preciseTime(cdr.start_time, cdr.start_ms),
    answer_time: cdr.answer_time === null ? null : preciseTime(cdr.answer_time, cdr.answer_ms ?? 0),
    end_time: preciseTime(cdr.end_time, cdr.end_ms),
    ...cdr.stated,
    ...revision,
    ...owner,
  };
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
 * (functions/billing/cdr-ingest/README.md, "CDRs").
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

const wholeSeconds = (time: number): number => time / second;

/**
 * The billable seconds that the hash has: in whole seconds, so that a record has the hash that it had when its times
 * were cut before they were subtracted.
 */
function hashedSeconds({ disposition, start_time, answer_time, end_time, stated }: Content): number {
  const answer = answer_time === null ? null : Date.parse(answer_time);
  const times = { disposition, start: Date.parse(start_time), answer, end: Date.parse(end_time) };
  return secondsOf(times, stated, wholeSeconds).billable_seconds;
}

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
      hashedSeconds(cdr),
      cdr.disposition,
      cdr.trunk_id,
      ...(cdr.record_revision === 1 ? [] : [cdr.record_revision]),
    ]),
  );
}
