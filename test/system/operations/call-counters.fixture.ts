import { countsIn, type StoredSums } from '#schema/call-counts.ts';
import type { FiledCdr } from '#functions/billing/cdr-ingest/filed-cdr.ts';
import { callCountRow } from '#functions/billing/rows/call-count.ts';
import { numberSumsRow, sumsOf } from '#functions/billing/rows/number-sums.ts';
import type { Store } from '#dynamodb/client.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { tableFor } from '#dynamodb/table.ts';

/** Counters of calls, against the sums of the CDRs that they count, in UTC. */

/** Calls, answered calls, seconds of talk, billed seconds, charges and costs in micro-units, calls of unknown cost. */
type Sums = readonly bigint[];
type SumsByName = ReadonlyMap<string, Sums>;

/** The sums of each name. Those that are nothing are left out. */
function sumUp(parts: readonly (readonly [name: string, sums: Sums])[]): SumsByName {
  const total = new Map<string, Sums>();
  for (const [name, sums] of parts) {
    const before = total.get(name);
    total.set(name, before === undefined ? sums : before.map((sum, at) => sum + (sums[at] ?? 0n)));
  }
  return new Map([...total].filter(([, sums]) => sums.some((sum) => sum !== 0n)));
}

const total = (amounts: ReadonlyMap<string, bigint>): bigint =>
  amounts.values().reduce((sum, amount) => sum + amount, 0n);

function storedSums({ counts, charges, costs, unknown }: StoredSums): Sums {
  const { calls, answered, talk, billed } = countsIn(counts);
  return [...[calls, answered, talk, billed].map(BigInt), total(charges), total(costs), BigInt(unknown)];
}

/** What the counters of an organization have, by part, day, distinction and key. */
async function countersIn(store: Store, organization: number): Promise<SumsByName> {
  const table = tableFor<'callcount'>(store, organization);
  const items = await Promise.all(
    (['calls', 'places', 'sales'] as const).map((part) =>
      readToEnd((after) => table.query(callCountRow, { part }, { ...after, order: 'asc' })),
    ),
  );
  return sumUp([
    ...items
      .flat()
      .flatMap(({ day, sums }) => sums.map((each) => [`${day} ${each.by} ${each.key}`, storedSums(each)] as const)),
    ...(await numbersIn(store, organization)),
  ]);
}

/** What the sums of numbers of an organization have: of its own calls, and of those that it sells. */
async function numbersIn(store: Store, organization: number) {
  const table = tableFor<'numberday'>(store, organization);
  const items = await Promise.all(
    (['own', 'sold'] as const).map((side) =>
      readToEnd((after) => table.query(numberSumsRow, { side }, { ...after, order: 'asc' })),
    ),
  );
  return items
    .flat()
    .flatMap((item) => sumsOf(item, organization))
    .map(({ day, counted_day, number, holder, calls, answered, talk, billed, charge, cost, unknown }) => {
      const name = holder === organization ? `${counted_day} number ${number}` : `${day} number ${number} of ${holder}`;
      return [name, [...[calls, answered, talk, billed].map(BigInt), charge, cost, BigInt(unknown)]] as const;
    });
}

const micros = (amount: string): bigint => BigInt(Math.round(Number(amount) * 1_000_000));

/** What the counters of an organization must have of its own calls, and of those that it sells. */
function countersOf(own: readonly FiledCdr[], sold: readonly FiledCdr[]): SumsByName {
  const sumsIn = ({ disposition, billable_seconds: talk, rating }: FiledCdr, price: Sums): Sums => [
    ...[1, disposition === 'ANSWERED' ? 1 : 0, talk, rating.billed_seconds].map(BigInt),
    ...price,
  ];
  return sumUp([
    ...own
      .filter(({ rating }) => rating.status !== 'void')
      .flatMap((cdr) => {
        const day = cdr.start_time.slice(0, 10);
        const names = [
          `hour ${cdr.start_time.slice(11, 13)}+0`,
          `direction ${cdr.direction}`,
          `result ${cdr.disposition}`,
          `cause ${cdr.cause?.sip_code == null ? '' : `sip/${cdr.cause.sip_code}`}`,
          `destination ${cdr.counted?.destination}`,
          `gateway ${cdr.gateway_id ?? ''}`,
          `user ${cdr.user_id ?? ''}`,
          `number ${cdr.number ?? 'other'}`,
        ];
        return names.map((name) => [`${day} ${name}`, sumsIn(cdr, [micros(cdr.rating.charge), 0n, 0n])] as const);
      }),
    ...sold.flatMap((cdr) => {
      const { wholesale, status, charge } = cdr.rating;
      if (status === 'void' || wholesale === null) return [];
      const cost = wholesale.status === 'unrated' ? null : micros(wholesale.charge);
      const sums = sumsIn(cdr, [micros(charge), cost ?? 0n, cost === null ? 1n : 0n]);
      const day = cdr.start_time.slice(0, 10);
      return [
        [`${day} customer ${cdr.organization}`, sums] as const,
        [`${day} number ${cdr.number ?? 'other'} of ${cdr.organization}`, sums] as const,
      ];
    }),
  ]);
}

const difference = (one: SumsByName, other: SumsByName): string[] =>
  [...one].flatMap(([name, sums]) =>
    String(sums) === String(other.get(name)) ? [] : [`${name}: ${String(sums)}, not ${String(other.get(name))}`],
  );

/** The counters of an organization that are not the sums of its CDRs, and of those of its customers. */
export async function miscountedIn(
  store: Store,
  organization: string,
  { own, sold }: { readonly own: readonly FiledCdr[]; readonly sold: readonly FiledCdr[] },
): Promise<string[]> {
  const counted = await countersIn(store, Number(organization.slice('org_'.length)));
  const expected = countersOf(own, sold);
  return [...difference(counted, expected), ...difference(expected, counted)].map((each) => `${organization} ${each}`);
}
