/** How an organization's switches write numbers (functions/billing/rates/README.md). */
import * as z from 'zod';
import { Country } from '../schema/values.ts';

const maxPrefixes = 10;
const Prefix = z.string().regex(/^[0-9*#]{1,8}$/, 'must be 1 to 8 digits, * or #');

const format = {
  country: Country.describe(
    'Country whose national numbers are read (ISO 3166-1); by default that of the organization',
  ),
  international_prefixes: z
    .array(Prefix)
    .max(maxPrefixes)
    .describe('Prefixes of international numbers; by default those of the country, and `00`'),
  national_prefix: z
    .string()
    .regex(/^[0-9]{0,8}$/, 'must be up to 8 digits')
    .describe('Prefix of national numbers, which may also be omitted; by default that of the country'),
  strip: z
    .array(Prefix)
    .max(maxPrefixes)
    .describe(
      'Access codes, which are taken off one after the other. They apply to digits that are no number otherwise, or ' +
        'a number in E.164 form without plus only; none by default',
    ),
  e164_without_plus: z
    .boolean()
    .describe('Whether digits that are no other number are read as a valid E.164 number without plus; true by default'),
};

export const NumberFormat = z
  .object(format)
  .partial()
  .meta({ id: 'NumberFormat', example: { strip: ['9'], international_prefixes: ['011', '00'] } });
export type NumberFormat = z.output<typeof NumberFormat>;

/** `settings.numbers` of an organization. */
export const NumberSettings = NumberFormat.extend({
  sources: z
    .record(z.string().min(1).max(64), NumberFormat)
    .refine((sources) => Object.keys(sources).length <= 100, 'must have at most 100 sources')
    .optional()
    .describe('Formats of single producers of CDRs, by `source`; absent parts are those of the organization'),
}).meta({ id: 'NumberSettings' });
export type NumberSettings = z.output<typeof NumberSettings>;

/** Whose numbers are read: an organization's country (ISO 3166-1), and its format if it has one. */
export type NumberOrigin = { readonly country: string; readonly numbers?: NumberFormat | undefined };

/** The numbers of an organization: its country, and its format if it has one. */
export const numberOriginOf = ({
  country,
  settings: { numbers },
}: {
  readonly country: string;
  readonly settings: { readonly numbers?: NumberSettings | undefined };
}): { readonly country: string; readonly numbers?: NumberSettings } =>
  numbers === undefined ? { country } : { country, numbers };

/** How a called number may be written, for those who wrote it in another way. */
export function writtenForms({ country, numbers = {} }: NumberOrigin): string {
  const { international_prefixes: prefixes = ['00'], national_prefix, strip = [], e164_without_plus } = numbers;
  const home = numbers.country ?? country;
  return [
    'E.164 with plus',
    ...prefixes.map((prefix) => `${prefix} and the country code`),
    `national of ${home}${national_prefix === undefined ? '' : ` after ${national_prefix}`}`,
    ...(e164_without_plus === false ? [] : ['E.164 without plus']),
    ...(strip.length === 0 ? [] : [`each after ${strip.join(', ')}`]),
  ].join('; ');
}

/** What may have a format of its own: the trunk of a call, and the producer of its record. */
type FormatsOfCall = { readonly trunk?: NumberFormat | null | undefined; readonly source?: string | undefined };

/**
 * How the numbers of a call are read: each field by the format of its trunk, else by that of its producer, else by that
 * of the organization.
 */
export function originOfCall(
  { country, numbers }: { readonly country: string; readonly numbers?: NumberSettings | undefined },
  { trunk, source }: FormatsOfCall,
): NumberOrigin {
  const sources = numbers?.sources;
  const ofSource =
    source !== undefined && sources !== undefined && Object.hasOwn(sources, source) ? sources[source] : undefined;
  return { country, numbers: { ...numbers, ...ofSource, ...trunk } };
}

/** The text, and what is left of it after one access code after the other. */
export function withoutCodes(text: string, codes: readonly string[]): ReadonlySet<string> {
  const rests = new Set([text]);
  // A set is iterated in the order of addition, with what is added on the way: each rest is tried once.
  for (const rest of rests) for (const code of codes) if (rest.startsWith(code)) rests.add(rest.slice(code.length));
  return rests;
}
