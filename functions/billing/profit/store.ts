import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import type { Slice, Table } from '#dynamodb/table.ts';
import { day } from '#schema/time.ts';
import { billingProfileRow } from '../billing-profiles/row.ts';
import { numberDayRow } from '../cdr-ingest/row.ts';
import type { profit } from './contract.ts';
import { assertReadable, type Days, type NumberDay } from './number-profit.ts';

type Reads = Table<ReadName<EffectOf<typeof profit>>>;

/** Parts of a range that are read at the same time. A read of DynamoDB returns 1 MB, about 4,000 sums. */
const parts = 12;

/** A range of days in about equal parts. */
export function partsOf({ start, end }: Days): readonly Days[] {
  const [first, last] = [Date.parse(start) / day, Date.parse(end) / day];
  const size = Math.ceil((last - first + 1) / parts);
  const dayOf = (at: number): string => new Date(at * day).toISOString().slice(0, 10);
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, at) => ({
    start: dayOf(first + at * size),
    end: dayOf(Math.min(last, first + (at + 1) * size - 1)),
  }));
}

export const profitStore = (table: Reads) => ({
  billingDays: async () => (await table.get(billingProfileRow, {}))?.billingDays ?? null,
  /** @throws AppError RANGE_TOO_LARGE */
  days: async (range: Days, number: string | undefined): Promise<NumberDay[]> => {
    // The shards of one sum count once.
    const sums = new Set<string>();
    const read = async ({ start, end }: Days, after?: string): Promise<Slice<NumberDay>> => {
      const between = [start, `${end}#\uffff`] as const;
      const within = { order: 'asc', between, ...(after === undefined ? {} : { after }) } as const;
      const slice =
        number === undefined
          ? await table.queryIndex(numberDayRow, 'GSI1', [String(table.organization)], within)
          : await table.query(numberDayRow, { number }, within);
      for (const { number: of, day: on, currency, holder } of slice.items)
        sums.add(`${of} ${on} ${currency} ${holder}`);
      assertReadable(sums.size);
      return slice;
    };
    // Most ranges are a single read.
    const first = await read(range);
    if (first.cursor === undefined) return [...first.items];
    const lists = await Promise.all(
      partsOf(range).map(async (part) => {
        const found: NumberDay[] = [];
        for (let slice = await read(part); ; slice = await read(part, slice.cursor)) {
          found.push(...slice.items);
          if (slice.cursor === undefined) return found;
        }
      }),
    );
    return lists.flat();
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
