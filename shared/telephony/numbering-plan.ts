import {
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString,
  type CountryCode,
  type NumberingPlan,
} from 'libphonenumber-js/max';
import * as z from 'zod';

/** The numbering plan of a country, as answers about calls show it. */
export const PresentedPlan = z
  .object({
    key: z.string().describe('Country (ISO 3166-1)'),
    name: z.string().describe('English name of the country'),
    globalPrefix: z.string().describe('Prefix of international numbers'),
    localPrefix: z.string().describe('Prefix of national numbers; empty if there is none'),
    cc: z.string().describe('Calling code; empty if it is not known'),
  })
  .meta({
    id: 'NumberingPlan',
    example: { key: 'SE', name: 'Sweden', globalPrefix: '00', localPrefix: '0', cc: '46' },
  });
type PresentedPlan = z.output<typeof PresentedPlan>;

const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** The library has it, and its types do not. */
type FullPlan = NumberingPlan & { readonly nationalPrefix?: () => unknown };

function planOf(country: CountryCode): FullPlan | undefined {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  return metadata.numberingPlan;
}

/** The digits of a text. The library has the number 0 in place of what a country lacks. */
const digitsOf = (text: unknown): string => (typeof text === 'string' ? text.replace(/\D/g, '') : '');
const localPrefixOf = (plan: FullPlan | undefined): string => digitsOf(plan?.nationalPrefix?.());

/** The international prefix of a country. */
export const internationalPrefixOf = (country: CountryCode): string => globalPrefixOf(planOf(country));

/** The prefix that the country recommends, or what all of its prefixes begin with. */
function globalPrefixOf(plan: FullPlan | undefined): string {
  const [common] = /^\d*/.exec(plan?.IDDPrefix() ?? '') ?? [];
  return digitsOf(plan?.defaultIDDPrefix()) || digitsOf(common) || '00';
}

/**
 * The numbering plan of a number's country, else of another one.
 * @param number E.164; null: of a party that has none
 * @param home ISO 3166-1
 */
export function presentPlan(number: string | null, home: string): PresentedPlan {
  const country = (number === null ? undefined : parsePhoneNumberFromString(number)?.country) ?? home;
  const name = names.of(country) ?? country;
  if (!isSupportedCountry(country)) return { key: country, name, globalPrefix: '00', localPrefix: '', cc: '' };
  const plan = planOf(country);
  return {
    key: country,
    name,
    globalPrefix: globalPrefixOf(plan),
    localPrefix: localPrefixOf(plan),
    cc: getCountryCallingCode(country),
  };
}

/** In these plans the national prefix is dialed before long-distance numbers only, and not part of them. */
const withoutPrefix: ReadonlySet<string> = new Set(['1']);

/** The digits of a number as dialed in its country. A number of no country stays as it is. @param number E.164 */
export function nationalForm(number: string): string {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed?.country === undefined) return number;
  if (parsed.isValid()) return digitsOf(parsed.formatNational());
  const prefix = withoutPrefix.has(parsed.countryCallingCode) ? '' : localPrefixOf(planOf(parsed.country));
  return parsed.nationalNumber.startsWith(prefix) ? parsed.nationalNumber : prefix + parsed.nationalNumber;
}
