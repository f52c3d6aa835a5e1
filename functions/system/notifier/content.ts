import { AppError } from '#errors.ts';
import { isAddress, type NotifierRule } from '#schema/notifier/notifier-settings.ts';
import type { NoticeFields } from '#schema/notifier/notifier-notice.ts';
import { escapeNothing, writeTemplate, type Values } from '#schema/template-interpreter.ts';
import { parseTemplate } from '#schema/template-syntax.ts';
import { templateName } from '#schema/email-template.ts';
import { type TemplateParts } from '#schema/email-template.ts';
import { renderEmail } from '../../messaging/email-templates/render.ts';
import { otherRules, type Held } from './admission.ts';

/** Texts and recipients of notices (functions/system/notifier/README.md). */

/** Characters of a text, which each SMS of it has. */
const maxText = 1_000;
/** Bytes of the HTML of an e-mail, which is stored in its item. */
const maxHtml = 60_000;

type NoticedEvent = {
  readonly type: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
};

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

/** Who called or wrote; `withheld` of a call or a voicemail message without a number. */
function callerOf({ type, data }: NoticedEvent): string {
  const known =
    asText(data['caller_id']) ??
    asText(data['caller_number']) ??
    asText(fieldOf(data['number'], 'caller')) ??
    asText(data['from']);
  return known ?? (/^(?:call|voicemail)\./.test(type) ? 'withheld' : '');
}

/** `2026-11-20 11:00 (Europe/Stockholm)`. */
function localTime(at: string, timezone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: timezone });
  return `${format.format(new Date(at))} (${timezone})`;
}

/** Seconds, as a text; empty if the event has no duration. */
function durationOf({ data }: NoticedEvent): string {
  const seconds = data['duration_seconds'] ?? data['duration'];
  return typeof seconds === 'number' ? String(seconds) : '';
}

/** Whether the text of a rule may be the name of an e-mail template. */
export const mayNameTemplate = (template: string): boolean => templateName.test(template);

/** The values that templates may name. @param shown the data of the event, as clients get them */
export const valuesOf = (event: NoticedEvent, shown: Readonly<Record<string, unknown>>, timezone: string): Values => ({
  caller_id: callerOf(event),
  time: localTime(event.at, timezone),
  duration: durationOf(event),
  event: event.type,
  data: shown,
});

const shortened = (text: string): string => (text.length <= maxText ? text : `${text.slice(0, maxText - 3)}...`);

/** The result of a template; undefined if it cannot be written with these values, or has nothing. */
function writtenBy<T>(write: () => T, textOf: (written: T) => string): T | undefined {
  try {
    const written = write();
    return textOf(written).trim() === '' ? undefined : written;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

export type Content = {
  readonly text: string;
  /** Subject and HTML of an own e-mail template. */
  readonly email?: { readonly subject: string; readonly html: string };
};

/**
 * The texts of a notice. A template that cannot be written with the values of an event is replaced by the name of the
 * rule, so that the notice is not lost.
 * @param own the e-mail template of the organization that the rule names
 */
export function contentOf(
  { name, template }: Pick<NotifierRule, 'name' | 'template'>,
  values: Values,
  own: TemplateParts | undefined,
): Content {
  const fallback = shortened(`${name}: ${String(values['event'])}`);
  if (own !== undefined) {
    const email = writtenBy(
      () => renderEmail(own, values),
      ({ text }) => text,
    );
    if (email === undefined || Buffer.byteLength(email.html) > maxHtml) return { text: fallback };
    return { text: shortened(email.text.trim()), email: { subject: email.subject, html: email.html } };
  }
  const text = writtenBy(
    () => writeTemplate(parseTemplate(template), values, { escape: escapeNothing }),
    (written) => written,
  );
  return { text: text === undefined ? fallback : shortened(text) };
}

/** Who gets a notice whose rule names no one. */
export type Contact = { readonly email: string | null; readonly mobile: string | null };

/** Recipients of a notice or digest by channel. */
export function recipientsOf(
  { channels, recipients }: Pick<NotifierRule, 'channels' | 'recipients'>,
  contact: Contact | undefined,
): Pick<NoticeFields, 'sms_to' | 'email_to'> {
  const names = (kind: 'email' | 'mobile'): readonly string[] => {
    const named = recipients.filter((each) => isAddress(each) === (kind === 'email'));
    return named.length > 0 ? named : [contact?.[kind] ?? []].flat();
  };
  return {
    sms_to: channels.includes('sms') ? [...new Set(names('mobile'))] : [],
    email_to: channels.includes('email') ? [...new Set(names('email'))] : [],
  };
}

/** Recipients of a digest at most: its SMS and their events are one transaction. */
const maxDigestNumbers = 10;
const maxDigestAddresses = 50;

/** The recipients of a digest: those of the rules that it counts, and the contact for rules that name no one. */
export function digestRecipients(
  rules: readonly NotifierRule[],
  contact: Contact | undefined,
): Pick<NoticeFields, 'channels' | 'sms_to' | 'email_to'> {
  const each = rules.map((rule) => recipientsOf(rule, contact));
  return {
    channels: [...new Set(rules.flatMap(({ channels }) => channels))],
    sms_to: [...new Set(each.flatMap(({ sms_to: numbers }) => numbers))].slice(0, maxDigestNumbers),
    email_to: [...new Set(each.flatMap(({ email_to: addresses }) => addresses))].slice(0, maxDigestAddresses),
  };
}

/** What a digest counts, by rule. */
export const digestCounts = ({ counts }: Pick<Held, 'counts'>, rules: readonly NotifierRule[]) =>
  Object.entries(counts).map(([id, count]) => ({
    id,
    name: rules.find((rule) => rule.id === id)?.name ?? (id === otherRules ? 'other rules' : 'deleted rule'),
    count,
  }));

/** `12 notices were not sent one by one since 2026-11-20 22:00 (Europe/Berlin): Missed calls 10, Voicemail 2`. */
export function digestText(
  { counted, since }: Held,
  counts: ReturnType<typeof digestCounts>,
  timezone: string,
): string {
  const listed = counts
    .toSorted((one, other) => other.count - one.count)
    .map(({ name, count }) => `${name} ${count}`)
    .join(', ');
  const noun = counted === 1 ? 'notice was' : 'notices were';
  return shortened(`${counted} ${noun} not sent one by one since ${localTime(since, timezone)}: ${listed}`);
}
