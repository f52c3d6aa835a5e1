import * as z from 'zod';

/**
 * What the parties of a recorded call hear when it begins, by the country of the organization
 * (functions/calls/README.md, "Notice of a recording"). The tables are defaults and no legal advice.
 */

/** The notices, the weakest first. */
const notices = ['none', 'beep', 'announcement'] as const;

export const RecordingNotice = z.enum(notices);
export type RecordingNotice = z.output<typeof RecordingNotice>;

/**
 * Countries whose law, or the law of a part of them, demands that all parties know or agree: the European Economic Area
 * with its territories, the United Kingdom, Switzerland and their neighbors (Article 13 GDPR and its equivalents, and
 * criminal law such as § 201 of the German code), and others in which, or in states of which, all parties must agree.
 */
const allParties: ReadonlySet<string> = new Set(
  [
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO',
    'AX BL GF GI GP MF MQ RE YT',
    'CH GB GG IM JE AD MC SM VA',
    'AE AU CA PH PR QA RS TR US',
  ].flatMap((codes) => codes.split(' ')),
);

/** Countries where it suffices that one party knows, so that no notice is demanded. */
const oneParty: ReadonlySet<string> = new Set(['IL', 'JP', 'KR', 'TW']);

/** The weakest notice that a country permits. @param country ISO 3166-1 alpha-2 */
export function leastNotice(country: string): RecordingNotice {
  if (allParties.has(country)) return 'announcement';
  return oneParty.has(country) ? 'none' : 'beep';
}

/** Whether a notice is at least as strong as another one. */
export const isAtLeast = (notice: RecordingNotice, other: RecordingNotice): boolean =>
  notices.indexOf(notice) >= notices.indexOf(other);

const stronger = (one: RecordingNotice, other: RecordingNotice): RecordingNotice =>
  isAtLeast(one, other) ? one : other;

/** What decides the notice of an organization's calls. */
export type NoticeFacts = {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly settings: { readonly recording_notice?: RecordingNotice | undefined };
};

/** The notice of an organization: its setting, by default that of its country or a beep; never less than demanded. */
export function noticeOf({ country, settings: { recording_notice: wanted = 'beep' } }: NoticeFacts): RecordingNotice {
  return stronger(wanted, leastNotice(country));
}

/** Countries by the language of their announcement, where it is not English. */
const countriesOfLanguages = {
  de: 'AT CH DE LI',
  es: 'AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE',
  fr: 'BF BI BJ BL CD CF CG CI CM DJ DZ FR GA GF GN GP HT KM LU MA MC MF MG ML MQ MR NC NE PF PM RE SN TD TG TN WF YT',
  it: 'IT SM VA',
  nl: 'AW BE BQ CW NL SR SX',
  pt: 'AO BR CV GW MZ PT ST TL',
  sv: 'AX SE',
} as const;

export type AnnouncementLanguage = 'en' | keyof typeof countriesOfLanguages;

const others = Object.keys(countriesOfLanguages) as Exclude<AnnouncementLanguage, 'en'>[];
/** The languages of announcements (ISO 639-1). */
export const announcementLanguages: readonly AnnouncementLanguage[] = ['en', ...others];

/** The language of the announcement in a country. @param country ISO 3166-1 alpha-2 */
export const announcementLanguage = (country: string): AnnouncementLanguage =>
  others.find((language) => countriesOfLanguages[language].split(' ').includes(country)) ?? 'en';
