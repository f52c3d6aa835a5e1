/**
 * Counters of calls: what they are counted by, and what their items hold (functions/billing/cdr-ingest/README.md,
 * "Counters").
 */

/**
 * What the calls of a day are counted by. `hour`: without any other distinction; `customer`: the calls that an
 * organization sells, by who buys them.
 */
export type CountedBy = 'hour' | 'direction' | 'result' | 'cause' | 'destination' | 'gateway' | 'user' | 'customer';

/**
 * Items of a day. `calls`: of what has few keys; `places`: of keys that producers name; `sales`: one of each customer,
 * as a transaction has the calls of one. Fewer items would be larger, and more of them would fill transactions.
 */
export type CountPart = 'calls' | 'places' | 'sales';

export const partOf: Readonly<Record<CountedBy, CountPart>> = {
  hour: 'calls',
  direction: 'calls',
  result: 'calls',
  cause: 'calls',
  destination: 'calls',
  gateway: 'places',
  user: 'places',
  customer: 'sales',
};

/** Calls, seconds, and amounts in micro-units of a currency. */
export type CallSums = {
  readonly calls: number;
  readonly answered: number;
  /** Seconds from answer to end. */
  readonly talk: number;
  /** Seconds that are billed. */
  readonly billed: number;
  readonly charge: bigint;
  /** Of calls that the organization sells. */
  readonly cost: bigint;
  /** Of calls that the organization sells: those whose cost is unknown, or in another currency than their charge. */
  readonly unknown: number;
};

/** What calls add to a counter. `day`: `2026-11-27`, in the time zone of the organization whose calls they are. */
export type CallCount = CallSums & {
  readonly organization: number;
  readonly by: CountedBy;
  readonly day: string;
  /** Empty: the calls have none, such as no gateway. */
  readonly key: string;
  /** Of charge and cost; null of calls without a price. */
  readonly currency: string | null;
};

/** Names the item of a counter among those of all organizations. */
export const countItemOf = ({ organization, by, day, key }: CallCount): string =>
  partOf[by] === 'sales' ? `${organization} sales ${day} ${key}` : `${organization} ${partOf[by]} ${day}`;

/** `customer`: of a sale. */
export type CountKey = {
  readonly part: CountPart;
  readonly day: string;
  readonly shard: number;
  readonly customer?: string;
};

/**
 * Sums of one key, as one shard has them: less than 0 where it has what was taken back. `counts` are packed
 * (`countsIn`); amounts are by currency, in micro-units.
 */
export type StoredSums = {
  readonly by: CountedBy;
  readonly key: string;
  readonly counts: bigint;
  readonly charges: ReadonlyMap<string, bigint>;
  readonly costs: ReadonlyMap<string, bigint>;
  readonly unknown: number;
};

/** An item of counters: of a part of a day, or of one customer. */
export type CallCountItem = CountKey & { readonly sums: readonly StoredSums[] };

type Counts = Pick<CallCount, 'calls' | 'answered' | 'talk' | 'billed'>;

/**
 * Four counts are one number of 36 digits, of DynamoDB's 38: calls (8 digits), answered calls (8), and seconds of talk
 * and billed seconds (10 each). An item has hundreds of keys, and each write costs by its size. Sums of such numbers
 * are those of their counts, also of negative ones.
 */
const radixes = { calls: 10n ** 8n, answered: 10n ** 8n, talk: 10n ** 10n, billed: 10n ** 10n } as const;

/** Counts as the number of `countsIn`. */
export const packedCounts = ({ calls, answered, talk, billed }: Counts): bigint =>
  ((BigInt(calls) * radixes.answered + BigInt(answered)) * radixes.talk + BigInt(talk)) * radixes.billed +
  BigInt(billed);

/** The counts of a packed number. Each is less than half of what its digits hold, so that its sign is known. */
export function countsIn(number: bigint): Counts {
  const counts = { calls: 0, answered: 0, talk: 0, billed: 0 };
  let rest = number;
  for (const name of ['billed', 'talk', 'answered', 'calls'] as const) {
    const radix = radixes[name];
    const half = radix / 2n;
    const own = ((((rest + half) % radix) + radix) % radix) - half;
    counts[name] = Number(own);
    rest = (rest - own) / radix;
  }
  return counts;
}
