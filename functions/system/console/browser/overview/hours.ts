import type { AnswerOf } from '../kit/answer-of.ts';
import { amountText } from '../kit/amounts.ts';

/** The calls of the overview, hour by hour in the time zone of the organization. */

export type Usage = AnswerOf<'get', '/usage'>['data'];
export type Hour = Usage['hours'][number];

/** Calls of an hour. */
type Calls = Pick<Hour, 'calls' | 'answered'>;

export const sumOf = (hours: readonly Calls[]): Calls =>
  hours.reduce((sum, hour) => ({ calls: sum.calls + hour.calls, answered: sum.answered + hour.answered }), {
    calls: 0,
    answered: 0,
  });

/** In whole percent. Null: there were no calls. */
export const answerRate = ({ calls, answered }: Calls): number | null =>
  calls === 0 ? null : Math.round((100 * answered) / calls);

/** The hours of today, which is a day of the organization's time zone. */
export const hoursOfToday = ({ today, hours }: Pick<Usage, 'today' | 'hours'>): readonly Hour[] =>
  hours.filter(({ day }) => day === today);

/** Minutes of talk, with a decimal. */
export const minutesText = (hours: readonly Pick<Hour, 'talk_seconds'>[]): string =>
  (hours.reduce((sum, { talk_seconds: seconds }) => sum + seconds, 0) / 60).toLocaleString(undefined, {
    maximumFractionDigits: 1,
  });

/** What calls are charged, by currency; `–` if none was charged. */
export function chargesText(hours: readonly Pick<Hour, 'charges'>[]): string {
  const byCurrency = Map.groupBy(
    hours.flatMap(({ charges }) => charges),
    ({ currency }) => currency,
  );
  const texts = [...byCurrency].map(([currency, charges]) =>
    amountText(
      charges.reduce((sum, { amount }) => sum + Number(amount), 0),
      currency,
    ),
  );
  return texts.length === 0 ? '–' : texts.join(', ');
}

/** Least figure of an axis that ends above all of the values: 1, 2 or 5 times a power of ten, in two even parts. */
export function axisEnd(values: readonly number[]): number {
  const largest = Math.max(2, ...values);
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 4, 6, 8, 10].map((times) => times * power).find((end) => end >= largest && end % 2 === 0) ?? largest;
}
