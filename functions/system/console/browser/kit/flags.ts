import { locale } from '../texts/language.ts';

/** Countries as a person knows them. */

/** The letter of a flag (regional indicator symbol) is as far from its Latin one as the first is from A. */
const toFlag = 0x1f1e6 - 0x41;

/** The flag of a country, two letters that fonts draw as one. @param country ISO 3166-1 alpha-2; else empty */
export const flagOf = (country: string): string =>
  /^[A-Z]{2}$/.test(country)
    ? String.fromCodePoint(...Array.from(country, (letter) => (letter.codePointAt(0) ?? 0) + toFlag))
    : '';

/** The name of a country in the language of the page. @param country ISO 3166-1 alpha-2; else as it is */
export const countryName = (country: string): string =>
  /^[A-Z]{2}$/.test(country) ? (new Intl.DisplayNames(locale, { type: 'region' }).of(country) ?? country) : country;
