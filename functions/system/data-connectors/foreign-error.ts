import * as z from 'zod';
import { mask } from './data-connector.ts';
import { parsedJson } from './service-request.ts';

/** Errors of the other side, as they may be shown: short, without control characters and without secrets. */

/** Characters of the other side that are shown. */
const maxText = 200;
/** Characters of an answer that are looked at. What is shown is at its begin. */
const maxRead = 16_384;
/** A shorter secret is part of ordinary words, so that masking it would show where they are. */
const minSecret = 4;

/** Characters that do not show, or change how others are read. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;

const htmlForms = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' } as const;
const isMarkup = (character: string): character is keyof typeof htmlForms => Object.hasOwn(htmlForms, character);
const html = (value: string): string => value.replace(/[&<>"']/g, (each) => (isMarkup(each) ? htmlForms[each] : each));

/** The forms in which servers repeat what they were sent: as it is, and encoded for URLs, JSON, HTML and Basic. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const bytes = Buffer.from(secret);
  return [
    secret,
    secret.normalize('NFC'),
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ v: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    html(secret),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

const escaped = (value: string): string => value.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** Text without control characters; a secret may come with line ends, so that it is masked before and after. */
const plain = (value: string): string => value.replace(unseen, ' ').replaceAll(/ {2,}/g, ' ').trim();

/**
 * The begin of a text of the other side, with its copies of secrets masked.
 * @param secrets everything that was sent and is not public, tokens of this test too
 */
export function shownText(value: string, secrets: readonly string[]): string {
  if (secrets.some((secret) => secret.length < minSecret)) return '';
  // Long ones first: one may be part of another.
  const forms = [...new Set(secrets.flatMap(formsOf).flatMap((form) => [form, plain(form)]))]
    .filter((form) => form.length >= minSecret)
    .toSorted((one, other) => other.length - one.length);
  const hidden = forms.length === 0 ? undefined : new RegExp(forms.map(escaped).join('|'), 'giu');
  const masked = (text: string): string => (hidden === undefined ? text : text.replace(hidden, mask));
  const shown = masked(plain(masked(value.slice(0, maxRead).toWellFormed())));
  // Without half of a character that the limit cuts.
  return shown.slice(0, maxText).replace(/[\uD800-\uDBFF]$/, '');
}

/** Errors of OAuth (RFC 6749 §5.2), and those that JSON interfaces usually have. */
const KnownError = z.union([
  z
    .object({ error: z.string(), error_description: z.string().optional() })
    .transform(({ error, error_description: more }) => (more === undefined ? error : `${error}: ${more}`)),
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ message: z.string() }).transform(({ message }) => message),
]);

/** The error of an HTTP answer: its status and what the other side says. */
export function answeredError(status: number, body: string, secrets: readonly string[]): string {
  const said = shownText(KnownError.safeParse(parsedJson(body)).data ?? body, secrets);
  return said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
}
