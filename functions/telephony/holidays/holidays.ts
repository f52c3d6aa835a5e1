import Holidays, { type HolidaysTypes } from 'date-holidays';
import * as z from 'zod';
import { AppError } from '#errors.ts';
import { wholeNumber } from '#schema/query.ts';
import { hour } from '#schema/time.ts';
import { Country, LanguageTag } from '#schema/values.ts';

/** The holidays of countries, as the package `date-holidays` lists them. */

const holidayTypes = ['public', 'bank', 'school', 'optional', 'observance'] as const;

/** Some religious days of other years are not known. */
const [firstYear, lastYear] = [2000, 2099];

export const holidayQuery = {
  country: Country.optional().describe('Country (ISO 3166-1 alpha-2); by default that of the organization'),
  region: z
    .string()
    .trim()
    .min(1)
    .max(32)
    .optional()
    .describe('A `code` of `regions`: its holidays, with those of its country. By default those of the whole country'),
  year: wholeNumber(firstYear, lastYear)
    .optional()
    .describe('Year; by default the present one in the time zone of the organization'),
  language: LanguageTag.optional().describe(
    'Language of the names (BCP 47), where the list has them in it; by default that of the country',
  ),
};

const Region = z.object({
  code: z.string().describe('For `region`: the part of ISO 3166-2 behind the country, and parts of that region'),
  name: z.string().describe('Name, in the language where the list has it'),
});
type Region = z.output<typeof Region>;

const Holiday = z.object({
  date: z.iso.date().describe('Day'),
  name: z.string().describe('Name of the holiday'),
  type: z
    .enum(holidayTypes)
    .describe(
      '`public`: most people do not work. `bank`: banks and offices are closed. `school`: schools are closed. ' +
        '`optional`: many people do not work. `observance`: people work',
    ),
  from: z.string().nullable().describe('Time of day at which it begins, `HH:MM`; null: at midnight'),
});
type Holiday = z.output<typeof Holiday>;

export const HolidaysAnswer = z
  .object({
    country: z.string().describe('Country (ISO 3166-1 alpha-2)'),
    region: z.string().nullable().describe('Code of the region; null: the whole country'),
    year: z.int().describe('Year'),
    regions: z.array(Region).readonly().describe('The regions of the country that have holidays of their own'),
    holidays: z
      .array(Holiday)
      .readonly()
      .describe('Holidays, by their day. A holiday of several days has an entry for each. Empty: the list has none'),
  })
  .meta({
    id: 'Holidays',
    example: {
      country: 'DE',
      region: 'BY',
      year: 2027,
      regions: [{ code: 'BY', name: 'Bayern' }],
      holidays: [{ date: '2027-01-06', name: 'Epiphany', type: 'public', from: null }],
    },
  });

/** The year on the calendar of a zone. @param timeZone IANA */
export const yearIn = (timeZone: string, now: Date): number =>
  Number(new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', calendar: 'gregory' }).format(now));

/** Whose holidays are asked for. */
export type HolidayPlace = {
  readonly country: string;
  readonly region?: string | undefined;
  readonly year: number;
  readonly language?: string | undefined;
};

/** Languages that the list names otherwise than BCP 47. */
const codesInList: ReadonlyMap<string, string> = new Map(Object.entries({ ja: 'jp', nb: 'no', nn: 'no' }));

/** A language as the list names it; undefined: that of the country. */
function languageInList(list: Holidays, language: string | undefined): string | undefined {
  const tag = language?.toLowerCase();
  if (tag === undefined || list.getLanguages().includes(tag)) return tag;
  const [base = ''] = tag.split('-', 1);
  return codesInList.get(base) ?? base;
}

/** Regions of a country, each before its own parts. */
function regionsOf(country: string, language: string | undefined): readonly Region[] {
  const list = new Holidays();
  // Of countries without regions the package answers undefined, other than its types say.
  const named = (found: Readonly<Record<string, string>> | undefined) => Object.entries(found ?? {});
  return named(list.getStates(country, language)).flatMap(([state, name]) => [
    { code: state, name },
    ...named(list.getRegions(country, state, language)).map(([part, nameOfPart]) => ({
      code: `${state}-${part}`,
      name: `${name}: ${nameOfPart}`,
    })),
  ]);
}

const dayAfter = (date: string, days: number): string => {
  const after = new Date(`${date}T00:00:00Z`);
  after.setUTCDate(after.getUTCDate() + days);
  return after.toISOString().slice(0, 10);
};

/** The days of a holiday. A change of the clock makes a day an hour longer or shorter. */
function daysOf({ date: began, start, end, name, type }: HolidaysTypes.Holiday): readonly Holiday[] {
  const [date, time] = [began.slice(0, 10), began.slice(11, 16)];
  const hours = Number(time.slice(0, 2)) + (end.getTime() - start.getTime()) / hour;
  const days = Math.max(1, Math.ceil((hours - 1) / 24));
  return Array.from({ length: days }, (_, at) => ({
    date: dayAfter(date, at),
    name,
    type,
    from: at === 0 && time !== '00:00' ? time : null,
  }));
}

/** The region that a code names, in the spelling of the list. @throws AppError INVALID_PARAMETER */
function regionNamed(code: string, regions: readonly Region[]): string {
  const found = regions.find((each) => each.code.toLowerCase() === code.toLowerCase());
  if (found !== undefined) return found.code;
  const message = 'must be the code of a region of the country, which the answer without it lists';
  throw new AppError('INVALID_PARAMETER', `region: ${message}`, { details: [{ path: 'region', message }] });
}

/** The holidays of a country or region in a year. @throws AppError INVALID_PARAMETER for a region that is not known */
export function holidaysOf({ country, region, year, language }: HolidayPlace): z.output<typeof HolidaysAnswer> {
  const names = languageInList(new Holidays(country), language);
  const regions = regionsOf(country, names);
  const code = region === undefined ? null : regionNamed(region, regions);
  const [state = '', part = ''] = code?.split('-') ?? [];
  const list = new Holidays(country, state, part);
  // A holiday of several days may begin in the year before.
  const days = [year - 1, year].flatMap((each) => list.getHolidays(each, names)).flatMap(daysOf);
  const ofYear = days.filter(({ date }) => date.startsWith(`${year}-`));
  const once = new Map(ofYear.map((each) => [`${each.date} ${each.name}`, each]));
  return {
    ...{ country, region: code, year, regions },
    holidays: [...once.values()].toSorted((one, other) => (one.date < other.date ? -1 : Number(one.date > other.date))),
  };
}
