/** The CDR as it is filed: with its rating, and with what it is found by. */
import { billingDayAlways, graceIn } from '../billing-profiles/period.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { Arrival } from './arrival.ts';
import { periodFor, type Books } from './booking.ts';
import { e164 } from './called-number.ts';
import { repeatOf, type Cdr, type CdrOrigin } from './cdr.ts';
import { carrierCost, rateCall, type PeriodUsage, type Rating, type Terms } from './rating.ts';

/** Whom calls are charged to, and on what terms, as one reading gave it. */
export type Account = {
  readonly organization: number;
  /** Who sells to it: its parent; the operator to itself. */
  readonly seller: number;
  /** ISO 3166-1. */
  readonly country: string;
  /** ISO 8601; the organization was made then. */
  readonly since: string;
  /** Days (`retention.cdr_days`). */
  readonly retention: number;
  /** Over how many partitions its CDRs are spread. */
  readonly shards: number;
  readonly profile: BillingProfile | null;
  readonly tariff: CompiledTariff | null;
};

type Organization = {
  readonly org_id: number;
  readonly parent_id: number | null;
  readonly country: string;
  readonly created_at: string;
  readonly retention: { readonly cdr_days: number };
  readonly charge_shards: number;
};

export const sellerOf = ({ org_id, parent_id }: Pick<Organization, 'org_id' | 'parent_id'>): number =>
  parent_id ?? org_id;

/** An organization as its calls are charged. */
export const accountOf = (
  organization: Organization,
  profile: BillingProfile | null,
  tariff: CompiledTariff | null,
): Account => ({
  organization: organization.org_id,
  seller: sellerOf(organization),
  country: organization.country,
  since: organization.created_at,
  retention: organization.retention.cdr_days,
  shards: organization.charge_shards,
  profile,
  tariff,
});

export type FiledCdr = Cdr & {
  /** Own number of the call, as E.164: the caller's of an outbound call, the callee's of an inbound one. */
  readonly number: string | null;
  /** The parties as they are searched for: E.164 where they are numbers, else as they are. */
  readonly caller_party: string;
  readonly callee_party: string;
  readonly origin: CdrOrigin;
  readonly batch_id: string | null;
  readonly source: string;
  readonly received_at: string;
  /** Message and position that brought it: not a duplicate when the same comes again. */
  readonly received_as: string;
  readonly rating: Rating;
  /** Ratings that were replaced, the latest first. */
  readonly rating_history: readonly Rating[];
  /** The task that rated it last. */
  readonly task_id?: string;
  readonly shard: number;
};

/** A number as people search for it, however it was dialled in its country. */
export const partyOf = (number: string, country: string): string => e164(number, country) ?? number;

const ownNumber = ({ direction, caller, callee }: Cdr, country: string): string | null =>
  direction === 'internal' ? null : e164(direction === 'outbound' ? caller : callee, country);

/** The last digits of an id are evenly spread, as it is a hash. */
const shardOf = (id: string, shards: number): number => (shards === 1 ? 0 : Number.parseInt(id.slice(-6), 36) % shards);

/** What a CDR is rated with beside the terms of its account. */
export type RatedWith = {
  readonly books: Books;
  /** What the period has used before. */
  readonly usage: PeriodUsage;
  /** The cost tariff that names the call's trunk. */
  readonly carrier: CompiledTariff | null;
};

/**
 * The books of an account. Without a profile periods are calendar months. @param now Unix milliseconds @param grace
 * milliseconds
 */
export const booksOf = ({ profile }: Pick<Account, 'profile'>, now: number, grace: number): Books => ({
  days: profile?.billingDays ?? billingDayAlways(1),
  now,
  grace,
});

/** The same with the grace that the environment says. */
export const booksIn = (
  account: Pick<Account, 'profile'>,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): Books => booksOf(account, now, graceIn(environment));

export const termsOf = ({ country, since, profile, tariff }: Account): Terms => ({
  country,
  customerSince: Date.parse(since),
  profile,
  tariff,
});

function rate(cdr: Cdr, account: Account, { books, usage, carrier }: RatedWith): Rating {
  const terms = termsOf(account);
  const rating = rateCall(
    cdr,
    terms,
    { ...periodFor(cdr.start_time, books), usage },
    new Date(books.now).toISOString(),
  );
  return { ...rating, ...carrierCost(cdr, carrier, terms.country) };
}

const receivedAs = ({ from, position }: Arrival): string => `${from.message}#${position}`;

/** A CDR rated on an account's terms. */
export const fileCdr = (arrival: Arrival, account: Account, by: RatedWith): FiledCdr => ({
  ...arrival.cdr,
  number: ownNumber(arrival.cdr, account.country),
  caller_party: partyOf(arrival.cdr.caller, account.country),
  callee_party: partyOf(arrival.cdr.callee, account.country),
  origin: arrival.from.origin,
  batch_id: arrival.from.batch_id,
  source: arrival.from.source,
  received_at: new Date(by.books.now).toISOString(),
  received_as: receivedAs(arrival),
  rating: rate(arrival.cdr, account, by),
  rating_history: [],
  shard: shardOf(arrival.cdr.id, account.shards),
});

/** The CDR that takes the place of what the tenant had filed; it stays where that was (`shard`). */
export const replaceCdr = (stored: FiledCdr, filed: FiledCdr): FiledCdr => ({
  ...filed,
  shard: stored.shard,
  rating: { ...filed.rating, revision: stored.rating.revision + 1 },
  rating_history: [stored.rating, ...stored.rating_history],
});

/** A CDR that is there, rated anew by the terms of now; the wholesale charge stays as it is. */
export const rateAgain = (stored: FiledCdr, account: Account, by: RatedWith): FiledCdr => ({
  ...stored,
  rating: { ...rate(stored, account, by), wholesale: stored.rating.wholesale, revision: stored.rating.revision + 1 },
  rating_history: [stored.rating, ...stored.rating_history],
});

/** What is known of a CDR that is there. */
export type Known = Pick<FiledCdr, 'content_hash' | 'origin' | 'received_as'>;

/** What is known once an arrival is filed. */
export const knownOf = (arrival: Arrival): Known => ({
  content_hash: arrival.cdr.content_hash,
  origin: arrival.from.origin,
  received_as: receivedAs(arrival),
});

export type Judgement = 'again' | 'duplicate' | 'conflict' | 'replacement';

/** What an arrival is to the CDR of its identity that is there; `again`: the very record that made it. */
export const judgeRepeat = (known: Known, arrival: Arrival): Judgement =>
  known.received_as === receivedAs(arrival) ? 'again' : repeatOf(known, knownOf(arrival));
