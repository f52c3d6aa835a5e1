import type { AnswerOf } from '../kit/answer-of.ts';
import type { JsonObject } from '../../json-value.ts';

export type Holiday = AnswerOf<'get', '/holidays'>['data']['holidays'][number];

/** A day that a schedule may take from the list of holidays. */
export type OfferedDay = {
  readonly date: string;
  /** What is celebrated, in the language of the page. */
  readonly name: string;
  /** Whether most people do not work. */
  readonly isPublic: boolean;
  /** Whether the schedule has an entry for this day. */
  readonly isTaken: boolean;
};

/** Of a name in the API. */
const maxName = 128;

/** A day once, with its public holidays or, if it has none, with all that it has. */
function offeredDay(date: string, ofDay: readonly Holiday[], isTaken: boolean): OfferedDay {
  const ofPublic = ofDay.filter(({ type }) => type === 'public');
  const isPublic = ofPublic.length > 0;
  const names = (isPublic ? ofPublic : ofDay).map(({ name }) => name.trim());
  return { date, name: names.join(', ').slice(0, maxName).trim(), isPublic, isTaken };
}

/** @param dates those of the schedule @param today the first day */
export function offeredDays(
  holidays: readonly Holiday[],
  dates: readonly JsonObject[],
  today: string,
): readonly OfferedDay[] {
  const taken = new Set(dates.map(({ date }) => date));
  const coming = holidays.filter(({ date }) => date >= today);
  return [...Map.groupBy(coming, ({ date }) => date)]
    .map(([date, ofDay]) => offeredDay(date, ofDay, taken.has(date)))
    .toSorted((one, other) => (one.date < other.date ? -1 : 1));
}
