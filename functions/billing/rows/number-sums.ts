import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { row } from '#dynamodb/row.ts';
import { change, inOrganization, shardedWrite, type Write } from '#dynamodb/write.ts';
import { countsIn, packedCounts } from '#schema/call-counts.ts';
import { halfOf, type NumberDay, type NumberSums } from '#schema/number-sums.ts';
import { day as dayLength } from '#schema/time.ts';

/** The sums of numbers (functions/billing/cdr-ingest/README.md, "Sums of numbers"). */

/** The form of sums before those of half a month: an item for each number and day. It is only read. */
type FormerDay = NumberDay & { readonly shard?: number };
type FormerKey = Pick<FormerDay, 'number' | 'day' | 'rated_day' | 'currency' | 'holder' | 'shard'>;

/** `numberday#1001#+14155550100`, by day, currency and holder, and by the day of rating; GSI1 all numbers by day. */
export const formerNumberDayRow = row<'numberday', FormerDay, FormerKey, Pick<FormerKey, 'number'>>('numberday', {
  afterClosing: 'money and what it was paid for are kept',
  unsharded: 'only read',
  partition: ({ number }) => [number],
  sort: ({ day, currency, holder, rated_day, shard = 0 }) =>
    [day, currency, holder, ...(shard === 0 ? [] : [shard]), ...(rated_day === undefined ? [] : [rated_day])].join('#'),
  index1: ({ day, number }, organization) => ({ partition: [String(organization)], sort: `${day}#${number}` }),
  fields: ['number', 'day', 'rated_day', 'holder', 'currency', 'calls', 'seconds', 'revenue', 'cost', 'unknown'],
});

/** `own`: calls that the organization made or received. `sold`: those that it sells. */
type Side = 'own' | 'sold';

/** `holder`: of a sale. */
type NumberKey = {
  readonly side: Side;
  readonly half: string;
  readonly number: string;
  readonly holder?: number;
  readonly shard: number;
};

type DaySums = Omit<NumberSums, 'number' | 'holder'>;

/** A number in half a month, in one shard. */
type NumberItem = NumberKey & { readonly days: readonly DaySums[] };

/** The day of an own call in a time zone: that of UTC (`=`), or the one before (`<`) or after it (`>`). */
function countedDayOf(day: string, mark: string): Pick<NumberSums, 'counted_day'> {
  if (mark === '') return {};
  if (mark === '=') return { counted_day: day };
  return { counted_day: new Date(Date.parse(day) + (mark === '<' ? -1 : 1) * dayLength).toISOString().slice(0, 10) };
}

function markOf({ day, counted_day: counted }: Pick<NumberSums, 'day' | 'counted_day'>): string {
  if (counted === undefined) return '';
  if (counted === day) return '=';
  return counted < day ? '<' : '>';
}

/** Names of the sums of a day: its counts, what is charged, what it costs, and calls of unknown cost. */
const names = { counts: '', charge: '+', cost: '-', unknown: '?' } as const;
const sumNames = Object.keys(names) as readonly (keyof typeof names)[];

/** The sums in the attributes of an item: `27|=||EUR|` has the counts of day 27, `27|=||EUR|+` what is charged. */
function daysIn(half: string, attributes: Readonly<Record<string, unknown>>): NumberItem['days'] {
  const found = new Map<string, Record<keyof typeof names, bigint>>();
  for (const [attribute, stored] of Object.entries(attributes)) {
    const end = attribute.lastIndexOf('|');
    if (end < 0) continue;
    const place = attribute.slice(0, end);
    const sums = found.get(place) ?? { counts: 0n, charge: 0n, cost: 0n, unknown: 0n };
    found.set(place, sums);
    for (const name of sumNames)
      if (names[name] === attribute.slice(end + 1)) sums[name] = BigInt(stored as number | bigint);
  }
  return [...found].map(([place, { counts, charge, cost, unknown }]) => {
    const [date = '', mark = '', rated = '', currency = ''] = place.split('|');
    const day = `${half.slice(0, 8)}${date}`;
    return {
      day,
      ...(rated === '' ? {} : { rated_day: rated }),
      ...countedDayOf(day, mark),
      currency: currency === '' ? null : currency,
      ...countsIn(counts),
      ...{ charge, cost, unknown: Number(unknown) },
    };
  });
}

/** What sums add to the attributes of their item. */
function additionsOf(all: readonly DaySums[]): Record<string, bigint> {
  const added: Record<string, bigint> = {};
  for (const sums of all) {
    const { day, rated_day = '', currency, charge, cost, unknown } = sums;
    const place = `${day.slice(8)}|${markOf(sums)}|${rated_day}|${currency ?? ''}|`;
    const parts = { counts: packedCounts(sums), charge, cost, unknown: BigInt(unknown) };
    for (const name of sumNames) {
      const attribute = `${place}${names[name]}`;
      if (parts[name] !== 0n) added[attribute] = (added[attribute] ?? 0n) + parts[name];
    }
  }
  return added;
}

/** `numberday#1001#sums#own` and `#sold`, by half of a month, number, holder and shard. Items are only added to. */
export const numberSumsRow = row<'numberday', NumberItem, NumberKey, Pick<NumberKey, 'side'>>('numberday', {
  afterClosing: 'money and what it was paid for are kept',
  partition: ({ side }) => ['sums', side],
  sort: ({ half, number, holder, shard }) => [half, number, ...(holder === undefined ? [] : [holder]), shard].join('#'),
  stored: ({ days, ...key }) => ({ ...key, ...additionsOf(days) }),
  restored: (attributes) => {
    const { side, half, number, holder, shard } = attributes as NumberKey;
    return { side, half, number, shard, ...(holder === undefined ? {} : { holder }), days: daysIn(half, attributes) };
  },
});

/** The sums of an item. @param organization that sees them */
export const sumsOf = ({ number, holder, days }: NumberItem, organization: number): NumberSums[] =>
  days.map((each) => ({ ...each, number, holder: holder ?? organization }));

/** What an organization earned and paid. Of its own calls it paid the charge; the operator pays carriers. */
export function earningsOf(sums: NumberSums, organization: number): NumberDay | undefined {
  const { number, day, rated_day, holder, currency, calls, billed, charge, cost, unknown } = sums;
  if (currency === null) return undefined;
  const paid = organization === operatorOrganization ? cost : charge;
  return {
    ...{ number, day, holder, currency, calls, seconds: billed, unknown },
    ...(rated_day === undefined ? {} : { rated_day }),
    ...(holder === organization ? { revenue: 0n, cost: paid } : { revenue: charge, cost }),
  };
}

/** Adds sums to those of an organization, with one write for each number and half of a month. */
export function numberSumsWrites(organization: number, all: readonly NumberSums[]): Write<'numberday'>[] {
  const items = Map.groupBy(all, ({ number, holder, day }) => `${halfOf(day)} ${number} ${holder}`);
  const writes = [...items.values()].flatMap((of) =>
    of.slice(0, 1).map(({ number, holder, day }) => {
      const add = additionsOf(of);
      const side = holder === organization ? ({ side: 'own' } as const) : ({ side: 'sold', holder } as const);
      return shardedWrite((shard) => {
        const key = { ...side, half: halfOf(day), number, shard };
        return change(numberSumsRow, key, { set: key, add });
      });
    }),
  );
  return inOrganization(organization, writes);
}
