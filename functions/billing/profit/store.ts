import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { mergeSources, orderedList } from '../../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../../shared/dynamodb/page.ts';
import type { Slice, Table } from '../../../shared/dynamodb/table.ts';
import { billingProfileRow } from '../billing-profiles/row.ts';
import { numberDayRow } from '../cdr-ingest/row.ts';
import type { profit } from './contract.ts';
import { assertReadable, type Days, type NumberDay } from './number-profit.ts';

type Reads = Table<ReadName<EffectOf<typeof profit>>>;

export const profitStore = (table: Reads) => ({
  billingDays: async () => (await table.get(billingProfileRow, {}))?.billingDays ?? null,
  /** @throws AppError RANGE_TOO_LARGE */
  days: async ({ start, end }: Days, number: string | undefined): Promise<NumberDay[]> => {
    const between = [start, `${end}#\uffff`] as const;
    const found: NumberDay[] = [];
    // The shards of one sum count once.
    const sums = new Set<string>();
    let slice: Slice<NumberDay> | undefined;
    do {
      const range = { order: 'asc', between, ...(slice?.cursor === undefined ? {} : { after: slice.cursor }) } as const;
      slice =
        number === undefined
          ? await table.queryIndex(numberDayRow, 'GSI1', [String(table.organization)], range)
          : await table.query(numberDayRow, { number }, range);
      found.push(...slice.items);
      for (const { number: of, day, currency, holder } of slice.items) sums.add(`${of} ${day} ${currency} ${holder}`);
      assertReadable(sums.size);
    } while (slice.cursor !== undefined);
    return found;
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
