import * as z from 'zod';

/**
 * The values that requests and answers are made of (auth.md, "Formats"). Text is NFC, trimmed and free
 * of control characters; what is parsed here needs no checking further in.
 */

// Built from escapes so that no control character stands in this file.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

/** A text of `least`–`most` characters after trimming. */
export const text = (most: number, least = 0) =>
  z
    .string()
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .refine((value) => !controlCharacters.test(value), 'must not contain control characters')
        .min(least)
        .max(most),
    );

export const Name = text(128, 1);

/** Shape of any id in a URL; another type's id is well-formed and therefore 404, not 400. */
const anyId = /^[a-z]{2,16}_[0-9A-Za-z_-]{1,64}$/;

/** An id in a path or query: well-formed, whatever its prefix (seed ids such as `user_67890` too). */
export const IdInUrl = z
  .string()
  .regex(anyId, 'is not a well-formed id')
  .meta({ examples: ['trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] });

/** An id of one type, as answers carry it. */
export const Id = (prefix: string) => z.string().startsWith(`${prefix}_`);

/** `new`, or an id: PUT creates or replaces. */
export const newOrId = z.union([z.literal('new'), IdInUrl], 'is neither new nor a well-formed id');

/** ISO 8601 with an offset, answered in UTC with `Z`. */
export const Instant = z.iso.datetime({ offset: true }).transform((value) => new Date(value).toISOString());
/** ISO 8601 in UTC, as stored and answered. */
export const Timestamp = z.iso.datetime();

const organizationForm = /^(?:org_)?([1-9][0-9]{3,11})$/;
const largestOrganization = 999_999_999_999;

const noOrganization = 'must be an organization such as 1001 or "org_1001"';

/** `1001`, `"1001"` or `"org_1001"`; inside, the number. */
export const OrganizationId = z
  .union(
    [
      z.number().int().min(1000, noOrganization).max(largestOrganization, noOrganization),
      z.string().regex(organizationForm, noOrganization),
    ],
    noOrganization,
  )
  .transform((value) => Number(organizationForm.exec(String(value))?.[1]))
  .meta({ description: 'Organization: 1001, "1001" or "org_1001"' });

/** The same in a path: `1001` or `org_1001`. */
export const OrganizationInUrl = z
  .string()
  .regex(organizationForm, 'is not an organization such as 1001 or org_1001')
  .transform((value) => Number(organizationForm.exec(value)?.[1]))
  .meta({ description: 'Organization: 1001 or org_1001' });

/** The form of the newer endpoints. */
export const organizationText = (organization: number): string => `org_${organization}`;

// RFC 1123 §2.1: labels of letters, digits and inner hyphens.
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const hostName = new RegExp(`^${label}(?:\\.${label})*$`);
const ipv4 = z.ipv4();
const ipv6 = z.ipv6();
const allDigits = /^[0-9.]+$/;

/** A name (RFC 1123, ≤ 253) or IP literal; `[…]` around IPv6 is accepted. */
export const isHost = (value: string): boolean => {
  const bare = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
  if (ipv4.safeParse(bare).success || ipv6.safeParse(bare).success) return true;
  return value.length <= 253 && !allDigits.test(value) && hostName.test(value);
};

export const Port = z.number().int().min(1).max(65_535);

export const E164 = z
  .string()
  .trim()
  .regex(/^\+[1-9][0-9]{1,14}$/, 'must be an E.164 number such as +14155550100');

/**
 * Made when it is first asked for: what Intl knows takes milliseconds, which each start of a function would pay for.
 */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const zones = lazily(() => new Set(Intl.supportedValuesOf('timeZone')));
/** An IANA time zone; `UTC` and aliases that the runtime knows are accepted. */
export const TimeZone = z
  .string()
  .trim()
  .max(64)
  .refine(
    (zone) => zones().has(zone) || (!zone.startsWith('+') && !zone.startsWith('-') && isKnownZone(zone)),
    'is not an IANA time zone',
  );

function isKnownZone(zone: string): boolean {
  try {
    return zone.length > 0 && new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    // RangeError: the runtime's way to say that there is no such zone.
    return false;
  }
}

/**
 * What has a name of its own and is no country: unions, what is reserved (`UK` is `GB`), what stands for none (CLDR).
 */
const noCountries: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UK', 'UN', 'XA', 'XB', 'ZZ']);
const regions = lazily(() => new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }));

const isCountry = (code: string): boolean => !noCountries.has(code) && regions().of(code) !== undefined;

/** ISO 3166-1 alpha-2. */
export const Country = z
  .string()
  .trim()
  .regex(/^[A-Za-z]{2}$/, { error: 'must be a two-letter country code', abort: true })
  .toUpperCase()
  .refine(isCountry, 'is no country of ISO 3166-1');

const currencies = lazily(() => new Set(Intl.supportedValuesOf('currency')));
/** ISO 4217. */
export const Currency = z
  .string()
  .trim()
  .regex(/^[A-Za-z]{3}$/, { error: 'must be a three-letter currency code', abort: true })
  .toUpperCase()
  .refine((code) => currencies().has(code), 'is no currency of ISO 4217');
/** Blanks around it do not count; a line's end, with which headers are forged, makes it none. */
export const Email = z
  .string()
  .overwrite((value) => value.replaceAll(/^ +| +$/g, ''))
  .toLowerCase()
  .max(254)
  .regex(z.regexes.email, 'is no e-mail address')
  .meta({ format: 'email' });

/** What a DELETE answers. */
export const Deletion = z.object({ id: z.string(), deleted_at: Timestamp }).meta({ id: 'Deletion' });
