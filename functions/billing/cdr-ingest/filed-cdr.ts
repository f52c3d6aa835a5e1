/** The CDR as it is filed: with its rating, and with the values that searches find it by. */
import { readNumber } from '#telephony/dialed-number.ts';
import { originOfCall, type NumberFormat, type NumberOrigin, type NumberSettings } from '#telephony/number-format.ts';
import { billingDayAlways, gracePeriod } from '../schema/period.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { Arrival } from './arrival.ts';
import { countedAt, destinationOf, type Counted } from './call-counts.ts';
import { periodFor, type BillingCalendar } from './booking-date.ts';
import { unknownStart, type Cdr } from './cdr.ts';
import type { CdrOrigin } from './cdr-message.ts';
import { carrierCost, rateCall, voidRating, type PeriodUsage, type Rating, type Terms } from './rating.ts';

/** The organization that calls are charged to, with its terms, from one read. */
export type Account = {
  readonly organization: number;
  /** Its parent; the operator sells to itself. */
  readonly seller: number;
  /** ISO 3166-1. */
  readonly country: string;
  /** IANA time zone. */
  readonly zone: string;
  /** How its numbers are written. */
  readonly numbers?: NumberSettings | undefined;
  /** The formats of its trunks that have one, by id. */
  readonly trunkFormats?: ReadonlyMap<string, NumberFormat>;
  /** When the organization was created, ISO 8601. */
  readonly since: string;
  /** Days (`retention.cdr_days`). */
  readonly retention: number;
  /** Number of partitions that its CDRs are spread over. */
  readonly shards: number;
  readonly profile: BillingProfile | null;
  readonly tariff: CompiledTariff | null;
};

type Organization = {
  readonly org_id: number;
  readonly parent_id: number | null;
  readonly country: string;
  readonly timezone: string;
  readonly settings?: { readonly numbers?: NumberSettings | undefined };
  readonly created_at: string;
  readonly retention: { readonly cdr_days: number };
  readonly charge_shards: number;
};

export const sellerOf = ({ org_id, parent_id }: Pick<Organization, 'org_id' | 'parent_id'>): number =>
  parent_id ?? org_id;

/** The account of an organization. */
export const accountOf = (
  organization: Organization,
  profile: BillingProfile | null,
  tariff: CompiledTariff | null,
): Account => ({
  organization: organization.org_id,
  seller: sellerOf(organization),
  country: organization.country,
  zone: organization.timezone,
  numbers: organization.settings?.numbers,
  since: organization.created_at,
  retention: organization.retention.cdr_days,
  shards: organization.charge_shards,
  profile,
  tariff,
});

export type FiledCdr = Cdr & {
  /** The organization's own number in E.164 form: the caller of an outbound call, the callee of an inbound one. */
  readonly number: string | null;
  /** The parties as searches find them: numbers in E.164 form, anything else unchanged. */
  readonly caller_party: string;
  readonly callee_party: string;
  readonly origin: CdrOrigin;
  /** Whether a record of a higher rank has confirmed it; `origin` is that rank then. */
  readonly promoted?: true;
  readonly batch_id: string | null;
  readonly source: string;
  readonly received_at: string;
  /** `<message>#<position>` of its record. The same record in a later delivery is no duplicate. */
  readonly received_as: string;
  /** The same of records that it replaced, or that filled its empty fields, the latest first. */
  readonly received_before?: readonly string[];
  /** How often later records have filled its empty fields. */
  readonly updates?: number;
  readonly rating: Rating;
  /** Replaced ratings, the latest first; at most `maxHistory`. */
  readonly rating_history: readonly Rating[];
  /** The task (`task_…`) that rated it last. */
  readonly task_id?: string;
  /** Absent: it was filed before there were counters. */
  readonly counted?: Counted;
  /** Whether a person was erased from it: then it is final. */
  readonly anonymous?: true;
  readonly shard: number;
};

/** Ratings and records that a CDR remembers, so that corrections without end do not outgrow its item (400 KB). */
export const maxHistory = 50;

/** The former ratings of a CDR that gets a new one. */
export const historyAfter = ({ rating, rating_history }: Pick<FiledCdr, 'rating' | 'rating_history'>): Rating[] =>
  [rating, ...rating_history].slice(0, maxHistory);

/** A party as searches find it, however its number was written. */
export const partyOf = (number: string, origin: NumberOrigin): string => readNumber(number, origin) ?? number;

/** The organization's own number in E.164 form: the caller of an outbound call, the callee of an inbound one. */
export const ownNumber = (
  { direction, caller, callee }: Pick<Cdr, 'direction' | 'caller' | 'callee'>,
  origin: NumberOrigin,
): string | null => (direction === 'internal' ? null : readNumber(direction === 'outbound' ? caller : callee, origin));

/** A CDR with the producer that sent it. */
type SentCdr = Cdr & Pick<FiledCdr, 'source'>;

/** How the numbers of a CDR are read. */
const originOf = ({ trunk_id, source }: SentCdr, account: Account): NumberOrigin =>
  originOfCall(account, { source, trunk: account.trunkFormats?.get(trunk_id ?? '') });

/** The numbers of a CDR, as the organization, the producer or the trunk writes them. */
function numbersOf(cdr: SentCdr, account: Account): Pick<FiledCdr, 'number' | 'caller_party' | 'callee_party'> {
  const origin = originOf(cdr, account);
  return {
    number: ownNumber(cdr, origin),
    caller_party: partyOf(cdr.caller, origin),
    callee_party: partyOf(cdr.callee, origin),
  };
}

/** The last digits of an id are evenly distributed, because it is a hash. */
const shardOf = (id: string, shards: number): number => (shards === 1 ? 0 : Number.parseInt(id.slice(-6), 36) % shards);

/** What rating needs beside the account's terms. */
export type RatingInputs = {
  readonly calendar: BillingCalendar;
  /** What the period has used before the call. */
  readonly usage: PeriodUsage;
  /** The cost tariff that names the call's trunk. */
  readonly carrier: CompiledTariff | null;
};

/**
 * The calendar of an account. Without a profile, periods are the months of the year.
 * @param now Unix milliseconds @param grace milliseconds
 */
export const calendarOf = ({ profile }: Pick<Account, 'profile'>, now: number, grace: number): BillingCalendar => ({
  days: profile?.billingDays ?? billingDayAlways(1),
  now,
  grace,
});

/** The calendar of an account, with the grace that the environment sets. @param now Unix milliseconds */
export const calendarIn = (
  account: Pick<Account, 'profile'>,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): BillingCalendar => calendarOf(account, now, gracePeriod(environment));

export const termsOf = ({ country, numbers, since, profile, tariff }: Account): Terms => ({
  country,
  numbers,
  customerSince: Date.parse(since),
  profile,
  tariff,
});

function rate(cdr: SentCdr, account: Account, inputs: RatingInputs): Rating {
  const { calendar, usage, carrier } = inputs;
  const ratedAt = new Date(calendar.now).toISOString();
  if (cdr.void) return voidRating(periodFor(cdr.start_time, calendar), ratedAt);
  const terms = { ...termsOf(account), ...originOf(cdr, account) };
  const rating = rateCall(cdr, terms, { ...periodFor(cdr.start_time, calendar), usage }, ratedAt);
  return { ...rating, ...carrierCost(cdr, carrier, terms) };
}

export const receivedAs = ({ from, position }: Arrival): string => `${from.message}#${position}`;

/** A void of an unknown call has the time of its arrival, so that lists by time have it. */
function placeInTime(cdr: Cdr, receivedAt: string): Cdr {
  if (cdr.start_time !== unknownStart) return cdr;
  const time = `${receivedAt.slice(0, -'.000Z'.length)}Z`;
  return { ...cdr, start_time: time, end_time: time };
}

/** The CDR of an arrival, rated by the account's terms. */
export function fileCdr(arrival: Arrival, account: Account, inputs: RatingInputs): FiledCdr {
  const received_at = new Date(inputs.calendar.now).toISOString();
  const { source, origin, batch_id } = arrival.from;
  const sent = { ...placeInTime(arrival.cdr, received_at), source };
  const numbers = numbersOf(sent, account);
  return {
    ...sent,
    ...numbers,
    counted: {
      ...countedAt(sent.start_time, account.zone),
      destination: destinationOf({ ...sent, ...numbers }),
      by_number: true,
    },
    origin,
    batch_id,
    received_at,
    received_as: receivedAs(arrival),
    rating: rate(sent, account, inputs),
    rating_history: [],
    shard: shardOf(sent.id, account.shards),
  };
}

/**
 * A stored CDR, rated again by the account's present terms and number format. Its wholesale charge does not change.
 */
export function rerateCdr(stored: FiledCdr, account: Account, inputs: RatingInputs): FiledCdr {
  const { counted } = stored;
  const numbers = numbersOf(stored, account);
  return {
    ...stored,
    ...numbers,
    ...(counted === undefined
      ? {}
      : { counted: { ...counted, destination: destinationOf({ ...stored, ...numbers }) } }),
    rating: {
      ...rate(stored, account, inputs),
      wholesale: stored.rating.wholesale,
      revision: stored.rating.revision + 1,
    },
    rating_history: historyAfter(stored),
  };
}

/** Whose account it is, with the profile and the tariff that it has. */
export type Payer = {
  readonly item: Parameters<typeof accountOf>[0];
  readonly profile: BillingProfile | null;
  readonly tariff: CompiledTariff | null;
};

/** An account, with its periods and those that are closed. */
export type OpenAccount = { readonly account: Account; readonly calendar: BillingCalendar };

/** @param now Unix milliseconds */
export function openAccount(
  { item, profile, tariff }: Payer,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): OpenAccount {
  const account = accountOf(item, profile, tariff);
  return { account, calendar: calendarIn(account, now, environment) };
}
