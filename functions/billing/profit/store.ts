import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { earningsOf, formerNumberDayRow, numberSumsRow, sumsOf } from '../rows/number-sums.ts';
import { halfOf, halvesOf, type NumberDay } from '#schema/number-sums.ts';
import type { profit } from './contract.ts';
import { assertReadable, type Days } from './number-profit.ts';

type Reads = Table<ReadName<EffectOf<typeof profit>>>;

/** Which sums are wanted. `seen`: called with each part of them. */
type Wanted = Days & { readonly number: string | undefined; readonly seen: (part: readonly NumberDay[]) => void };

/**
 * The sums of own or of sold calls. Most ranges are a single read, which returns 1 MB: a month of some 600 numbers.
 * Halves of months of larger ones, and those of one number, are read at the same time.
 */
async function sumsOfSide(table: Reads, side: 'own' | 'sold', { start, end, number, seen }: Wanted) {
  const read = async (range: Range): Promise<Slice<NumberDay>> => {
    const slice = await table.query(numberSumsRow, { side }, { ...range, order: 'asc' });
    const items = slice.items
      .flatMap((item) => sumsOf(item, table.organization))
      .flatMap((sums) => earningsOf(sums, table.organization) ?? [])
      .filter(({ day }) => day >= start && day <= end);
    seen(items);
    return { ...slice, items };
  };
  if (number === undefined) {
    const first = await read({ between: [halfOf(start), `${halfOf(end)}#\uffff`] });
    if (first.cursor === undefined) return first.items;
  }
  const prefixes = halvesOf(start, end).map((half) => (number === undefined ? `${half}#` : `${half}#${number}#`));
  return (await Promise.all(prefixes.map((prefix) => readToEnd((after) => read({ ...after, prefix }))))).flat();
}

/** The sums of days before those of halves of months. */
function formerSums(table: Reads, { start, end, number, seen }: Wanted): Promise<NumberDay[]> {
  const within = { order: 'asc', between: [start, `${end}#\uffff`] } as const;
  return readToEnd(async (after) => {
    const slice =
      number === undefined
        ? await table.queryIndex(formerNumberDayRow, 'GSI1', [String(table.organization)], { ...within, ...after })
        : await table.query(formerNumberDayRow, { number }, { ...within, ...after });
    seen(slice.items);
    return slice;
  });
}

export const profitStore = (table: Reads) => ({
  billingDays: async () => (await table.get(billingProfileRow, {}))?.billingDays ?? null,
  /** @throws AppError RANGE_TOO_LARGE */
  days: async (range: Days, number: string | undefined): Promise<NumberDay[]> => {
    // The shards of one sum count once.
    const sums = new Set<string>();
    const seen = (part: readonly NumberDay[]): void => {
      for (const { number: of, day, currency, holder } of part) sums.add(`${of} ${day} ${currency} ${holder}`);
      assertReadable(sums.size);
    };
    const wanted = { ...range, number, seen };
    const [own, sold, former] = await Promise.all([
      sumsOfSide(table, 'own', wanted),
      sumsOfSide(table, 'sold', wanted),
      formerSums(table, wanted),
    ]);
    return [...own, ...sold, ...former];
  },
});

/** A page of an ordered list in memory. */
export async function pageOf<Item>(items: readonly Item[], request: PageRequest): Promise<Page<Item>> {
  const placed = items.map((item, at) => ({ item, place: String(at).padStart(6, '0') }));
  const keyOf = ({ place }: { readonly place: string }): string => place;
  const found = await readPage(request, {
    read: mergeSources([orderedList(placed, keyOf)], { keyOf, order: 'asc', between: ['', '~'] }),
  });
  return { ...found, items: found.items.map(({ item }) => item) };
}
