/**
 * What a CDR adds to the counters of calls: those of its organization, and those of who sells the call
 * (functions/billing/cdr-ingest/README.md, "Counters"). They are made of the CDR alone, so that a change of it takes
 * back exactly what it has added.
 */
import type { CallCount, CallSums, CountedBy } from '#schema/call-counts.ts';
import { day as dayLength, hour, minute } from '#schema/time.ts';
import { wallTimeOf } from '#schema/wall-clock.ts';
import { countryOf } from '#telephony/dialed-number.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { ownPrice, salesOf, type Price, type SalesChain } from './sales-chain.ts';

/** Keys that producers name. A record may name any, so that those of a day are limited (`maxKeys`). */
export const freeKeys = ['gateway', 'user'] as const satisfies readonly CountedBy[];
export type FreeKey = (typeof freeKeys)[number];

/** Keys of a day that have a counter of their own, at least; further ones share that of `OTHER_KEY`. */
export const maxKeys = 500;
export const OTHER_KEY = 'other';

/**
 * How counters have a CDR. It is stored with it, so that a change takes back exactly what was added, also after one of
 * the organization's time zone, of time zones themselves, or of numbering plans.
 */
export type Counted = {
  /** `2026-11-27`, in the time zone of the organization. */
  readonly day: string;
  /** `09+60`, see `countedAt`. */
  readonly hour: string;
  /** ISO 3166-1 code; empty: it has none. */
  readonly destination: string;
  /** Whether the sums of its number have its day. Absent: it was filed before they had days. */
  readonly by_number?: true;
  /** Its keys that are among others (`OTHER_KEY`). */
  readonly others?: readonly FreeKey[];
};

export const addCallSums = (one: CallSums, other: CallSums): CallSums => ({
  calls: one.calls + other.calls,
  answered: one.answered + other.answered,
  talk: one.talk + other.talk,
  billed: one.billed + other.billed,
  charge: one.charge + other.charge,
  cost: one.cost + other.cost,
  unknown: one.unknown + other.unknown,
});

/** Whether sums change nothing. */
export const isNothing = ({ calls, answered, talk, billed, charge, cost, unknown }: CallSums): boolean =>
  charge === 0n && cost === 0n && [calls, answered, talk, billed, unknown].every((sum) => sum === 0);

/**
 * The day and the hour of a call on the wall clock of a zone: `09+60` is the hour from 9 o'clock at 60 minutes east of
 * UTC. So both hours of a clock that is set back have a counter.
 * @param start ISO 8601 @param zone IANA
 */
export function countedAt(start: string, zone: string): Pick<Counted, 'day' | 'hour'> {
  const at = Date.parse(start);
  const { date, minute: ofDay } = wallTimeOf(zone, at);
  const offset = (date * dayLength) / minute + ofDay - Math.floor(at / minute);
  const hours = String(Math.floor(ofDay / 60)).padStart(2, '0');
  return {
    day: new Date(date * dayLength).toISOString().slice(0, 10),
    hour: `${hours}${offset < 0 ? '' : '+'}${offset}`,
  };
}

/** The country that is called. Calls within the organization, and to it, have none. */
export const destinationOf = ({ direction, callee_party }: Pick<FiledCdr, 'direction' | 'callee_party'>): string =>
  direction === 'outbound' ? (countryOf(callee_party) ?? '') : '';

/** The start of an hour as `countedAt` names it, in Unix milliseconds. */
export const startOfHour = (day: string, name: string): number =>
  Date.parse(day) + Number(name.slice(0, 2)) * hour - Number(name.slice(2)) * minute;

/** Why a call ended, `sip/486` or `q850/17`. The SIP status says more than the cause that it is mapped to. */
function causeOf({ cause }: FiledCdr): string {
  if (cause === null) return '';
  if (cause.sip_code !== null) return `sip/${cause.sip_code}`;
  return cause.q850 === null ? '' : `q850/${cause.q850}`;
}

/** A key that a producer names. */
export const freeKeyOf = (cdr: Pick<FiledCdr, 'gateway_id' | 'user_id'>, by: FreeKey): string =>
  (by === 'gateway' ? cdr.gateway_id : cdr.user_id) ?? '';

const countedKeyOf = (cdr: FiledCdr, by: FreeKey): string =>
  cdr.counted?.others?.includes(by) === true ? OTHER_KEY : freeKeyOf(cdr, by);

/** The key of a call in the counters of its organization. */
const ownKeys: Readonly<Record<Exclude<CountedBy, 'hour' | 'customer'>, (cdr: FiledCdr) => string>> = {
  direction: ({ direction }) => direction,
  result: ({ disposition }) => disposition,
  cause: causeOf,
  destination: ({ counted }) => counted?.destination ?? '',
  gateway: (cdr) => countedKeyOf(cdr, 'gateway'),
  user: (cdr) => countedKeyOf(cdr, 'user'),
};

/** A cost without a currency is unknown, unless it is nothing. */
const countedCost = (currency: string | null, cost: bigint | null, sign: 1 | -1): Pick<CallSums, 'cost' | 'unknown'> =>
  cost === null || (currency === null && cost !== 0n)
    ? { cost: 0n, unknown: sign }
    : { cost: BigInt(sign) * cost, unknown: 0 };

/**
 * What a CDR adds to counters, or takes back from them: nothing if it is void, or was filed before there were counters.
 * @param sign -1: takes back
 */
export function callCountsOf(cdr: FiledCdr, chain: SalesChain, sign: 1 | -1): CallCount[] {
  const { rating, counted } = cdr;
  const { organization } = chain;
  if (counted === undefined || rating.status === 'void') return [];
  const { day } = counted;
  const count = ({ currency, charge, cost }: Price) => ({
    day,
    calls: sign,
    answered: cdr.disposition === 'ANSWERED' ? sign : 0,
    talk: sign * cdr.billable_seconds,
    billed: sign * rating.billed_seconds,
    currency,
    charge: BigInt(sign) * charge,
    ...countedCost(currency, cost, sign),
  });
  const own = count({ ...ownPrice(rating), cost: 0n });
  const keys = Object.entries(ownKeys) as [keyof typeof ownKeys, (of: FiledCdr) => string][];
  return [
    { organization, by: 'hour', key: counted.hour, ...own },
    ...keys.map(([by, keyOf]) => ({ organization, by, key: keyOf(cdr), ...own })),
    ...salesOf(rating, chain).map(
      ({ seller, customer, ...price }) =>
        ({ organization: seller, by: 'customer', key: String(customer), ...count(price) }) as const,
    ),
  ];
}
