import * as z from 'zod';
import { addressFault, maxAddressLength, storedAddress } from './email-address.ts';

/**
 * The values of requests and answers (shared/http/README.md, "Values"). Parsed text is NFC, trimmed and free of control
 * characters, and needs no further checks.
 */

// Escaped, so that this file has no control characters.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

const plain = (max: number, min: number) =>
  z
    .string()
    .refine((value) => !controlCharacters.test(value), 'must not contain control characters')
    .min(min)
    .max(max);

const normalized = <S extends z.ZodType<string, string>>(form: S) =>
  z
    .string()
    .transform((value) => value.normalize('NFC').trim())
    .pipe(form);

/** A text of `min` to `max` characters, counted after trimming. */
export const text = (max: number, min = 0) => normalized(plain(max, min));

/** Printable text of 1 to 128 characters, such as the id that a switch gives to a call. */
export const CallId = text(128, 1).pipe(z.string().regex(/^[^\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must be printable'));

/**
 * Characters without a form that change how others are read: marks that set, isolate or override the direction of text
 * (Unicode Standard Annex #9), separators of lines, blanks without width. Joiners stay: Persian and emoji need them.
 */
const invisibleCharacters = new RegExp(
  '[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e' +
    '\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0001}]',
  'u',
);

/** A name of 1 to 128 characters, which looks like what it is: `gpj.exe` with a mark before it reads `exe.jpg`. */
export const Name = normalized(
  plain(128, 1).refine(
    (name) => !invisibleCharacters.test(name),
    'must not contain invisible characters, such as direction marks',
  ),
);

/** What lets a replacement remove many entries of a list (shared/http/README.md, "Replacements that remove many"). */
export const ConfirmRemoval = z
  .boolean()
  .default(false)
  .describe(
    'Remove more than a tenth of 20 or more entries of a list, also without the version that was read; `false` in ' +
      'the body: not even with it',
  );

export const HttpsUrl = z
  .string()
  .max(1_024)
  .refine((value) => URL.canParse(value) && new URL(value).protocol === 'https:', 'must be an https URL');

/** Any id. The id of another kind is well-formed, so the answer is a 404, not a 400. */
const anyId = /^[a-z]{2,16}_[0-9A-Za-z_-]{1,64}$/;

/** An id in a path or query: well-formed, with any prefix. */
export const IdInUrl = z
  .string()
  .regex(anyId, 'is not a well-formed id')
  .meta({ examples: ['trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] });

/** An id of one kind in an answer. */
export const Id = (prefix: string) => z.string().startsWith(`${prefix}_`);

/** `new` (PUT creates) or an id (PUT replaces). */
export const newOrId = z
  .union([z.literal('new'), IdInUrl], 'must be new or a well-formed id')
  .describe('`new` creates a resource; an id replaces the resource with that id');

/** An instant (ISO 8601 with an offset), converted to UTC with `Z`. */
export const Instant = z.iso
  .datetime({ offset: true })
  // Later ones have another form, and order before all others. What is no instant has its own error.
  .refine((value) => !(new Date(value).getUTCFullYear() > 9_999), 'must be before the year 10000 (UTC)')
  .transform((value) => new Date(value).toISOString());
/** An instant in UTC (ISO 8601 with `Z`), as stored and answered. */
export const Timestamp = z.iso.datetime();

const organizationForm = /^(?:org_)?([1-9][0-9]{3,11})$/;
const maxOrganization = 999_999_999_999;

const notOrganization = 'must be an organization such as 1001 or "org_1001"';

/** An organization: `1001`, `"1001"` or `"org_1001"`, converted to the number. */
export const OrganizationId = z
  .union(
    [
      z.number().int().min(1000, notOrganization).max(maxOrganization, notOrganization),
      z.string().regex(organizationForm, notOrganization),
    ],
    notOrganization,
  )
  .transform((value) => Number(organizationForm.exec(String(value))?.[1]))
  .meta({ id: 'OrganizationId', description: 'Organization: 1001, "1001" or "org_1001"' });

/** An organization in a path: `1001` or `org_1001`, converted to the number. */
export const OrganizationInUrl = z
  .string()
  .regex(organizationForm, 'must be an organization such as 1001 or org_1001')
  .transform((value) => Number(organizationForm.exec(value)?.[1]))
  .meta({ description: 'Organization: 1001 or org_1001' });

/** `org_1001`, as most endpoints answer it. */
export const organizationText = (organization: number): string => `org_${organization}`;

// RFC 1123 §2.1: labels of letters, digits and inner hyphens.
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const hostName = new RegExp(`^${label}(?:\\.${label})*$`);
const ipv4 = z.ipv4();
const ipv6 = z.ipv6();
const allDigits = /^[0-9.]+$/;

/** Whether a text is a host name (RFC 1123, at most 253 characters) or an IP address, an IPv6 one also in brackets. */
export const isHost = (value: string): boolean => {
  const bare = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
  if (ipv4.safeParse(bare).success || ipv6.safeParse(bare).success) return true;
  return value.length <= 253 && !allDigits.test(value) && hostName.test(value);
};

/** A TCP or UDP port. */
export const Port = z.number().int().min(1).max(65_535);

/** A phone number (E.164). */
export const E164 = z
  .string()
  .trim()
  .regex(/^\+[1-9][0-9]{1,14}$/, 'must be an E.164 number such as +14155550100');

/** Computes a value at its first use: reading lists of Intl takes milliseconds, at each start of a function. */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const zones = lazily(() => new Set(Intl.supportedValuesOf('timeZone')));
/** An IANA time zone, including `UTC` and the aliases that the runtime has. */
export const TimeZone = z
  .string()
  .trim()
  .max(64)
  .refine(
    (zone) => zones().has(zone) || (!zone.startsWith('+') && !zone.startsWith('-') && isKnownZone(zone)),
    'must be an IANA time zone such as Europe/Berlin',
  );

function isKnownZone(zone: string): boolean {
  try {
    return zone.length > 0 && new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    // RangeError: the runtime has no such zone.
    return false;
  }
}

const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    // RangeError: not a language tag.
    return false;
  }
};

/** A language tag (BCP 47), such as `de-AT`. */
export const LanguageTag = z.string().max(35).refine(isLanguageTag, 'must be a language tag (BCP 47)');

/** Codes with a name in CLDR that are no countries: unions, reserved codes (`UK` is `GB`) and placeholders. */
const notCountries: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UK', 'UN', 'XA', 'XB', 'ZZ']);
const regions = lazily(() => new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }));

const isCountry = (code: string): boolean => !notCountries.has(code) && regions().of(code) !== undefined;

/** A country (ISO 3166-1 alpha-2), converted to upper case. */
export const Country = z
  .string()
  .trim()
  .regex(/^[A-Za-z]{2}$/, { error: 'must be a two-letter country code', abort: true })
  .toUpperCase()
  .refine(isCountry, 'must be a country of ISO 3166-1');

const currencies = lazily(() => new Set(Intl.supportedValuesOf('currency')));
/** A currency (ISO 4217), converted to upper case. */
export const Currency = z
  .string()
  .trim()
  .regex(/^[A-Za-z]{3}$/, { error: 'must be a three-letter currency code', abort: true })
  .toUpperCase()
  .refine((code) => currencies().has(code), 'must be a currency of ISO 4217');

/** An e-mail address, in its stored form. */
export const Email = z
  .string()
  .overwrite((given) => storedAddress(given) ?? given)
  .refine((address) => storedAddress(address) !== undefined, {
    error: ({ input }) => addressFault(String(input)),
    abort: true,
  })
  .max(maxAddressLength)
  .meta({ format: 'email' });

/** The answer to a DELETE. */
export const Deletion = z
  .object({
    id: z.string().describe('Id of the deleted resource'),
    deleted_at: Timestamp.describe('When the resource was deleted'),
  })
  .meta({
    id: 'Deletion',
    example: { id: 'trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', deleted_at: '2026-01-31T12:00:00.000Z' },
  });

/** An extension of an organization. */
export const Extension = z
  .string()
  .trim()
  .regex(/^[0-9]{2,8}$/, 'must have 2 to 8 digits');
