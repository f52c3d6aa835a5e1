import { platformRow, row } from '#dynamodb/row.ts';
import {
  countItemOf,
  packedCounts,
  partOf,
  type CallCount,
  type CallCountItem,
  type CountedBy,
  type CountKey,
  type StoredSums,
} from '#schema/call-counts.ts';
import { change, inOrganization, shardedWrite, type Write } from '#dynamodb/write.ts';

/** The counters of calls (functions/billing/cdr-ingest/README.md, "Counters"). */

/** The name of an unknown cost behind that of its key; of a cost, before its currency. */
const ofCost = '-';

type Growing = {
  readonly by: CountedBy;
  readonly key: string;
  counts: bigint;
  readonly charges: Map<string, bigint>;
  readonly costs: Map<string, bigint>;
  unknown: number;
};

const letters: Readonly<Record<CountedBy, string>> = {
  ...{ hour: 'h', direction: 'd', result: 'r', cause: 'c', destination: 't' },
  ...{ gateway: 'g', user: 'u', customer: 's' },
};
const countedByLetter = new Map((Object.keys(letters) as CountedBy[]).map((by) => [letters[by], by]));

/**
 * The sums of each key in the attributes of an item: `tDE|` counts, `tDE|EUR` charges, `s1002|-EUR` costs.
 * @param wanted only those of this distinction
 */
function sumsIn(attributes: Readonly<Record<string, unknown>>, wanted?: CountedBy): StoredSums[] {
  const found = new Map<string, Growing>();
  for (const [attribute, stored] of Object.entries(attributes)) {
    const end = attribute.lastIndexOf('|');
    const by = countedByLetter.get(attribute.charAt(0));
    if (end < 0 || by === undefined || by !== (wanted ?? by)) continue;
    const value = BigInt(stored as number | bigint);
    const [place, name] = [attribute.slice(0, end), attribute.slice(end + 1)];
    const sums = found.get(place) ?? {
      ...{ by, key: place.slice(1), counts: 0n },
      ...{ charges: new Map<string, bigint>(), costs: new Map<string, bigint>(), unknown: 0 },
    };
    found.set(place, sums);
    if (name === '') sums.counts = value;
    else if (name === ofCost) sums.unknown = Number(value);
    else if (name.startsWith(ofCost)) sums.costs.set(name.slice(ofCost.length), value);
    else sums.charges.set(name, value);
  }
  return [...found.values()];
}

/** `callcount#1001#places`, by day and shard, sales also by customer. Items are only added to. */
export const callCountRow = row<'callcount', CallCountItem, CountKey, Pick<CountKey, 'part'>>('callcount', {
  afterClosing: 'CDRs are kept',
  partition: ({ part }) => [part],
  sort: ({ day, shard, customer }) => [day, shard, ...(customer === undefined ? [] : [customer])].join('#'),
  restored: (attributes) => ({ ...(attributes as CountKey), sums: sumsIn(attributes) }),
});

/** The row as it is read for one distinction: a year has thousands of other sums. */
export const countedByRow = (by: CountedBy): typeof callCountRow => ({
  ...callCountRow,
  restored: (attributes) => ({ ...(attributes as CountKey), sums: sumsIn(attributes, by) }),
});

/** What began to count at a time of its own: the counters of `callCountRow`, and calls by number. */
export type Counting = 'all' | 'numbers';

/** When the platform began to count, ISO 8601. CDRs that were filed before are in no counter. */
export const countedSinceRow = platformRow<
  'callcount',
  { readonly of: Counting; readonly since: string },
  { readonly of: Counting }
>('callcount', {
  unsharded: 'written once',
  partition: () => ['since'],
  sort: ({ of }) => (of === 'all' ? 'since' : of),
});

/** Begins to count, unless counters have begun. */
export const countSinceWrite = (of: Counting, now: Date): Write<'callcount'> =>
  change(
    countedSinceRow,
    { of },
    { set: { since: now.toISOString() }, onlyIf: { expression: 'attribute_not_exists(since)' } },
  );

/** What a count adds to the attributes of its item. */
const additionsOf = ({ by, key, currency, charge, cost, unknown, ...counts }: CallCount): [string, bigint][] =>
  (
    [
      ['', packedCounts(counts)],
      [currency ?? '', charge],
      [`${ofCost}${currency ?? ''}`, cost],
      [ofCost, BigInt(unknown)],
    ] as const
  ).flatMap(([name, sum]) => (sum === 0n ? [] : [[`${letters[by]}${key}|${name}`, sum] as [string, bigint]]));

/** Adds counts of one organization, with one write for each item. A key has a count for each currency. */
export const callCountWrites = (organization: number, counts: readonly CallCount[]): Write<'callcount'>[] =>
  inOrganization(
    organization,
    [...Map.groupBy(counts, countItemOf).values()].flatMap((all) =>
      all.slice(0, 1).map(({ by, day, key }) => {
        const add: Record<string, bigint> = {};
        for (const [name, sum] of all.flatMap(additionsOf)) add[name] = (add[name] ?? 0n) + sum;
        return shardedWrite((shard) => {
          const part = partOf[by];
          const of = { part, day, shard, ...(part === 'sales' ? { customer: key } : {}) };
          return change(callCountRow, of, { set: of, add });
        });
      }),
    ),
  );
