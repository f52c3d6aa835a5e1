import { csvLine } from '#schema/csv.ts';
import { at, listIn } from '../../json-value.ts';
import { reasonOf } from '../calls/reasons.ts';
import { directions, results, resultOf, type Direction, type Disposition } from '../calls/result.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import type { ListedNames } from '../kit/listed-names.ts';
import { sumOf, type Sums } from '../overview/hours.ts';
import { locale } from '../texts/language.ts';
import { t } from '../texts/texts.ts';

/** The calls of a time, by what they are grouped by. */

export const groups = {
  '': t('Nothing else'),
  direction: t('Direction'),
  result: t('Result'),
  cause: t('Reason'),
  user: t('Person'),
  number: t('Number'),
  destination: t('Country'),
  gateway: t('Gateway'),
  customer: t('Customer'),
} as const;

export type Grouping = keyof typeof groups;

export type UsageRow = AnswerOf<'get', '/usage'>['data']['rows'][number];

/** The rows of an answer of `GET /usage`. */
export const rowsIn = (answer: unknown): readonly UsageRow[] =>
  listIn(at(answer, 'data', 'rows')) as readonly UsageRow[];

export type UsageSums = Sums & { readonly billedSeconds: number };

/** The sums of rows; amounts by currency. */
export const totalOf = (rows: readonly UsageRow[]): UsageSums => ({
  ...sumOf(rows),
  billedSeconds: rows.reduce((sum, { billed_seconds: seconds }) => sum + seconds, 0),
});

const isDirection = (key: string): key is Direction => Object.hasOwn(directions, key);

/** Without a direction, calls that no one answered are called so. */
const resultText = (key: string): string => {
  const known: readonly string[] = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED'];
  return known.includes(key) ? results[resultOf({ disposition: key as Disposition, direction: 'outbound' })] : key;
};

/** Why calls ended, by `sip/486` or `q850/17`: in words, with the code for who looks for the failure. */
function causeText(key: string): string {
  const [kind, number = ''] = key.split('/');
  const code = kind === 'sip' ? `SIP ${number}` : `Q.850 ${number}`;
  const reason = reasonOf(kind === 'sip' ? { sip_code: Number(number) } : { q850: Number(number) });
  return reason === undefined ? code : `${reason.charAt(0).toUpperCase()}${reason.slice(1)} (${code})`;
}

function countryText(key: string): string {
  if (!/^[A-Z]{2}$/.test(key)) return key;
  return new Intl.DisplayNames(locale, { type: 'region' }).of(key) ?? key;
}

const nameText = (key: string, { names }: ListedNames): string => names.get(key) ?? key;

const userText = (key: string, listed: ListedNames): string =>
  listed.isWhole && !listed.names.has(key) ? t('A user who was deleted') : nameText(key, listed);

const texts: Readonly<Record<Grouping, (key: string, listed: ListedNames) => string>> = {
  '': () => '',
  direction: (key) => (isDirection(key) ? directions[key] : key),
  result: resultText,
  cause: causeText,
  user: userText,
  destination: countryText,
  number: (key) => key,
  gateway: nameText,
  customer: nameText,
};

/** What a row is grouped by, in words. @param key null: the calls have none @param listed names of its keys */
export function keyText(grouping: Grouping, key: string | null, listed: ListedNames): string {
  if (key === null || key === '') return t('None of these');
  return key === 'other' ? t('All others') : texts[grouping](key, listed);
}

/** The rows as a file. Seconds and amounts are numbers. @param named what each row is grouped by, in words */
export function csvOf(rows: readonly UsageRow[], named: (row: UsageRow) => string): string {
  const currencies = [...new Set(rows.flatMap(({ charges }) => charges.map(({ currency }) => currency)))].toSorted();
  const head = ['time', 'group', 'calls', 'answered', 'talk_seconds', 'charged_seconds', ...currencies];
  const lines = rows.map((row) => [
    ...[row.start ?? row.day, named(row)],
    ...[row.calls, row.answered, row.talk_seconds, row.billed_seconds].map(String),
    ...currencies.map((currency) => row.charges.find((each) => each.currency === currency)?.amount ?? '0'),
  ]);
  return [head, ...lines].map(csvLine).join('');
}
