/** Calls by hour, day or month, from counters (functions/billing/README.md, "Usage"). */
import { type CountedBy, countsIn, type CallCountItem } from '#schema/call-counts.ts';
import { IANAZone } from 'luxon';
import * as z from 'zod';
import { invalidParameter } from '#errors.ts';
import { decimalText, money } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { day as dayLength, hour as hourLength, minute } from '#schema/time.ts';
import { organizationText, Timestamp } from '#schema/values.ts';
import { callCountsOf, countedAt, destinationOf, OTHER_KEY, startOfHour } from '../cdr-ingest/call-counts.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { OTHER_NUMBER, type NumberSums } from '#schema/number-sums.ts';
import { wholeSecond } from './search.ts';
import { maxSummed } from './totals.ts';

const groups = ['direction', 'result', 'cause', 'destination', 'gateway', 'user', 'number', 'customer'] as const;
type Group = (typeof groups)[number];

/** Days of a range by hour, and of any other. */
const maxDays = { hour: 31, day: 366, month: 366 } as const;
type By = keyof typeof maxDays;

/** Rows of an answer at most. */
const maxRows = 1_000;

export const usageQuery = {
  from: z.iso.date().optional().describe('First day; the day before `to` by default, of months its first of a year'),
  to: z.iso.date().optional().describe('Last day, included; today by default'),
  by: z.enum(['hour', 'day', 'month']).default('hour').describe('Time that a row sums; hours up to 31 days, else 366'),
  group: z
    .enum(groups)
    .optional()
    .describe(
      'Also by this, of days and months. `number` is the own one: the caller of an outbound call, the callee of ' +
        'an inbound one. `customer` are the calls that the organization sells, by the buyer',
    ),
} as const;

const charges = z.array(
  z.object({
    currency: z.string().describe('ISO 4217 code'),
    amount: z.string().describe('Amount, a decimal with 4 decimals'),
  }),
);

const Row = z.object({
  day: z.string().describe('Day, `2026-11-27`, also of an hour; or month, `2026-11`'),
  start: Timestamp.nullable().describe('Start of an hour; else null'),
  key: z
    .string()
    .nullable()
    .describe(
      'With `group`: a value such as `inbound`, `NO ANSWER`, `sip/486` or `q850/17`, `DE`, an id, a number; ' +
        `null: the calls have none; \`${OTHER_KEY}\`: all others`,
    ),
  calls: z.int().describe('Calls that began then, as many as CDRs are listed that are not void'),
  answered: z.int().describe('Those of them that were answered'),
  answered_percent: z.number().nullable().describe('Share of answered calls, with 2 decimals; null without calls'),
  talk_seconds: z.int().describe('Seconds from answer to end'),
  average_talk_seconds: z.number().nullable().describe('Of answered calls, with 2 decimals; null without any'),
  billed_seconds: z.int().describe('Seconds that are billed'),
  charges: charges.describe('Charges, one per currency; empty without `billing:read`'),
  costs: charges
    .nullable()
    .describe('With `group=customer`: what the seller pays for the calls; null if the cost of one is unknown'),
});

export const UsageAnswer = z
  .object({
    time_zone: z.string().describe('IANA time zone of the organization'),
    today: z.iso.date().describe('The day in that zone, `YYYY-MM-DD`'),
    since: Timestamp.nullable().describe('CDRs that were filed before are in no figure; null: all are in them'),
    complete: z.boolean().describe(`Whether all own calls are summed; false: there are more than ${maxSummed}`),
    rows: z
      .array(Row)
      .describe(`Rows in the order of time, at most ${maxRows}; without \`group\` also of times without calls`),
  })
  .meta({
    id: 'Usage',
    example: {
      ...{ time_zone: 'Europe/Berlin', today: '2026-11-27', since: '2026-11-01T00:00:00Z', complete: true },
      rows: [
        {
          ...{ day: '2026-11-27', start: '2026-11-27T08:00:00Z', key: null, calls: 12, answered: 9 },
          ...{ answered_percent: 75, talk_seconds: 1_403, average_talk_seconds: 155.89, billed_seconds: 1_440 },
          ...{ charges: [{ currency: 'EUR', amount: '0.3600' }], costs: null },
        },
      ],
    },
  });

export type UsageRange = {
  /** Days, both included. */
  readonly from: string;
  readonly to: string;
  readonly by: By;
  readonly group: Group | undefined;
};

const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);
const firstDays: Readonly<Record<By, (to: string) => string>> = {
  hour: (to) => dayText(Date.parse(to) - dayLength),
  day: (to) => dayText(Date.parse(to) - 30 * dayLength),
  month: (to) => `${to.slice(0, 4)}-01-01`,
};

type Asked = { readonly [Name in keyof typeof usageQuery]?: z.output<(typeof usageQuery)[Name]> | undefined };

/** The day of an organization. @param now Unix milliseconds */
export const todayIn = (timeZone: string, now: number): string => countedAt(new Date(now).toISOString(), timeZone).day;

/** @param today of the organization @throws AppError INVALID_PARAMETER */
export function usageRange({ from, to, by = 'hour', group }: Asked, today: string): UsageRange {
  const last = to ?? today;
  const first = from ?? firstDays[by](last);
  const days = (Date.parse(last) - Date.parse(first)) / dayLength + 1;
  if (days < 1 || days > maxDays[by]) throw invalidParameter('from', `must be within ${maxDays[by]} days before to`);
  if (group !== undefined && by === 'hour') throw invalidParameter('group', 'needs days or months');
  return { from: first, to: last, by, group };
}

/** What counts the calls of a range. All calls have a direction, so that it has the sums of days. */
export const countedBy = ({ by, group }: UsageRange): CountedBy | 'number' =>
  group ?? (by === 'hour' ? 'hour' : 'direction');

/** Sums of a time and a key; amounts by currency, in micro-units. */
type Cell = {
  readonly day: string;
  /** Unix milliseconds; null: not of an hour. */
  readonly start: number | null;
  readonly key: string | null;
  calls: number;
  answered: number;
  talk: number;
  billed: number;
  unknown: number;
  readonly charges: Map<string, bigint>;
  readonly costs: Map<string, bigint>;
};

type Sums = Omit<Cell, 'day' | 'start' | 'key' | 'charges' | 'costs'> & {
  readonly charges: ReadonlyMap<string, bigint>;
  readonly costs: ReadonlyMap<string, bigint>;
};

const addAmounts = (to: Map<string, bigint>, amounts: ReadonlyMap<string, bigint>): void => {
  for (const [currency, amount] of amounts) to.set(currency, (to.get(currency) ?? 0n) + amount);
};

function addTo(cell: Cell, { calls, answered, talk, billed, unknown, charges: paid, costs }: Sums): void {
  cell.calls += calls;
  cell.answered += answered;
  cell.talk += talk;
  cell.billed += billed;
  cell.unknown += unknown;
  addAmounts(cell.charges, paid);
  addAmounts(cell.costs, costs);
}

const emptyCell = (day: string, start: number | null, key: string | null): Cell => ({
  ...{ day, start, key, calls: 0, answered: 0, talk: 0, billed: 0, unknown: 0 },
  ...{ charges: new Map<string, bigint>(), costs: new Map<string, bigint>() },
});

/** Sums by time and key. */
export type Cells = ReadonlyMap<string, Cell>;

/** Where sums of a day belong in a range, as it adds them up. */
function cellsOf({ by, group }: UsageRange) {
  const cells = new Map<string, Cell>();
  return {
    cells,
    add: (day: string, key: string, sums: Sums): void => {
      const start = by === 'hour' ? startOfHour(day, key) : null;
      const time = by === 'month' ? day.slice(0, 7) : day;
      const name = `${time} ${start ?? ''} ${group === undefined ? '' : key}`;
      const cell = cells.get(name) ?? emptyCell(time, start, group === undefined ? null : key);
      cells.set(name, cell);
      addTo(cell, sums);
    },
  };
}

const amountsOf = (currency: string | null, charge: bigint): Pick<Sums, 'charges' | 'costs'> => ({
  charges: new Map(currency === null ? [] : [[currency, charge]]),
  costs: new Map(),
});

/** The sums of counters in a range. */
export function sumItems(items: readonly CallCountItem[], range: UsageRange): Cells {
  const { cells, add } = cellsOf(range);
  const wanted = countedBy(range);
  for (const { day, sums } of items)
    for (const { by, key, counts, ...amounts } of sums)
      if (by === wanted) add(day, key, { ...countsIn(counts), ...amounts });
  return cells;
}

/** The sums of own calls in a range, by number. */
export function sumNumbers(numbers: readonly NumberSums[], range: UsageRange): Cells {
  const { cells, add } = cellsOf(range);
  for (const { number, counted_day: day, currency, charge, ...sums } of numbers)
    if (day !== undefined && day >= range.from && day <= range.to)
      add(day, number === OTHER_NUMBER ? '' : number, { ...sums, ...amountsOf(currency, charge) });
  return cells;
}

/**
 * The sums of CDRs of one organization in a range, as counters would have them.
 *
 * @param timeZone of CDRs before there were any counters
 */
export function sumCdrs(cdrs: readonly FiledCdr[], range: UsageRange, timeZone: string): Cells {
  const { cells, add } = cellsOf(range);
  const wanted = countedBy(range);
  // Calls by number are all calls, of which each has one direction.
  const counter = wanted === 'number' ? 'direction' : wanted;
  for (const cdr of cdrs) {
    const { organization, counted = { ...countedAt(cdr.start_time, timeZone), destination: destinationOf(cdr) } } = cdr;
    const chain = { organization, seller: organization, operator: organization };
    for (const { by, day, key, currency, charge, ...sums } of callCountsOf(
      { ...cdr, counted: omit(counted, 'others') },
      chain,
      1,
    ))
      if (by === counter && day >= range.from && day <= range.to)
        add(day, wanted === 'number' ? (cdr.number ?? '') : key, { ...sums, ...amountsOf(currency, charge) });
  }
  return cells;
}

/** The hour of a zone that an instant is in. @param at Unix milliseconds */
function hourAt(at: number, zone: IANAZone): { readonly start: number; readonly day: string } {
  const offset = zone.offset(at) * minute;
  const local = Math.floor((at + offset) / hourLength) * hourLength;
  return { start: local - offset, day: dayText(local) };
}

/** The hours of a range up to now, the earliest first. @param now Unix milliseconds */
function hoursOf({ from, to }: UsageRange, timeZone: string, now: number): Cell[] {
  const zone = IANAZone.create(timeZone);
  const hours: Cell[] = [];
  // A day ends at most 14 hours before that of UTC, and at most 12 after it.
  for (
    let at = hourAt(Math.min(now, Date.parse(to) + 2 * dayLength), zone);
    at.day >= from;
    at = hourAt(at.start - 1, zone)
  )
    if (at.day <= to) hours.push(emptyCell(at.day, at.start, null));
  return hours.toReversed();
}

/** The days or months of a range up to today. */
function timesOf({ from, to, by }: UsageRange, today: string): string[] {
  const last = to < today ? to : today;
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(last); at += dayLength) days.push(dayText(at));
  return [...new Set(by === 'month' ? days.map((day) => day.slice(0, 7)) : days)];
}

/** Cells in the order of time, also of times without calls. */
function everyTime(cells: Cells, range: UsageRange, { timeZone, now }: Zone): Cell[] {
  const times =
    range.by === 'hour'
      ? hoursOf(range, timeZone, now)
      : timesOf(range, todayIn(timeZone, now)).map((day) => emptyCell(day, null, null));
  const nameOf = ({ day, start }: Cell): string => `${start ?? day}`;
  return [...new Map([...times, ...cells.values()].map((cell) => [nameOf(cell), cell])).values()].sort((one, other) =>
    (one.start ?? one.day) < (other.start ?? other.day) ? -1 : 1,
  );
}

/** Cells of the keys with the most calls; the others of each time are one, so that all are at most `maxRows`. */
function largestKeys(cells: Cells): Cell[] {
  const all = [...cells.values()].filter(({ calls }) => calls !== 0);
  const callsOf = new Map<string, number>();
  for (const { key, calls } of all) if (key !== null) callsOf.set(key, (callsOf.get(key) ?? 0) + calls);
  const times = new Set(all.map(({ day }) => day)).size;
  const ranked = [...callsOf].sort(([, one], [, other]) => other - one).map(([key]) => key);
  const most = Math.floor(maxRows / Math.max(1, times));
  const shown = new Set(ranked.length > most ? ranked.filter((key) => key !== OTHER_KEY).slice(0, most - 1) : ranked);
  const rows = new Map<string, Cell>();
  for (const cell of all) {
    const key = cell.key !== null && shown.has(cell.key) ? cell.key : OTHER_KEY;
    const row = rows.get(`${cell.day} ${key}`) ?? emptyCell(cell.day, null, key);
    rows.set(`${cell.day} ${key}`, row);
    addTo(row, cell);
  }
  return [...rows.values()].sort((one, other) =>
    one.day === other.day ? other.calls - one.calls : one.day.localeCompare(other.day),
  );
}

/** `now`: Unix milliseconds. */
type Zone = { readonly timeZone: string; readonly now: number };
/** `money`: whether the caller sees amounts. */
type Shown = Zone & { readonly since: string | null; readonly isComplete: boolean; readonly money: boolean };

const presentAmounts = (amounts: ReadonlyMap<string, bigint>) =>
  [...amounts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([currency, amount]) => ({ currency, amount: decimalText(money(amount)) }));

const hundredths = (value: number): number => Math.round(value * 100) / 100;

function keyText(key: string | null, group: Group | undefined): string | null {
  if (key === null || key === '') return null;
  return group === 'customer' && key !== OTHER_KEY ? organizationText(Number(key)) : key;
}

const presentRow = (cell: Cell, group: Group | undefined, showsMoney: boolean): z.input<typeof Row> => ({
  day: cell.day,
  start: cell.start === null ? null : wholeSecond(cell.start),
  key: keyText(cell.key, group),
  calls: cell.calls,
  answered: cell.answered,
  answered_percent: cell.calls === 0 ? null : hundredths((100 * cell.answered) / cell.calls),
  talk_seconds: cell.talk,
  average_talk_seconds: cell.answered === 0 ? null : hundredths(cell.talk / cell.answered),
  billed_seconds: cell.billed,
  charges: showsMoney ? presentAmounts(cell.charges) : [],
  costs: showsMoney && group === 'customer' && cell.unknown === 0 ? presentAmounts(cell.costs) : null,
});

/** The sum of hours, of those that are wanted, without their time. */
export function sumHours(
  cells: Cells,
  wanted: (hour: Pick<Cell, 'day'> & { readonly start: number }) => boolean,
  showsMoney: boolean,
): Pick<z.input<typeof Row>, 'calls' | 'answered' | 'talk_seconds' | 'charges'> {
  const sum = emptyCell('', null, null);
  for (const cell of cells.values()) {
    const { day, start } = cell;
    if (start !== null && wanted({ day, start })) addTo(sum, cell);
  }
  return presentRow(sum, undefined, showsMoney);
}

export function presentUsage(
  cells: Cells,
  range: UsageRange,
  { timeZone, now, since, isComplete, money: showsMoney }: Shown,
): z.input<typeof UsageAnswer> {
  const { group } = range;
  const shown = group === undefined ? everyTime(cells, range, { timeZone, now }) : largestKeys(cells);
  return {
    time_zone: timeZone,
    today: todayIn(timeZone, now),
    since,
    complete: isComplete,
    rows: shown.map((cell) => presentRow(cell, group, showsMoney)),
  };
}
