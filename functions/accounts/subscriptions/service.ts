import * as z from 'zod';
import { AppError, invalid, missingField } from '#errors.ts';
import { amountOf, decimalNumber, divideRounded, maxAmount, money } from '#schema/money.ts';
import {
  beginsCycle,
  billingCycles,
  periodsOf,
  servedEntities,
  type ServedEntity,
  type Service,
  type ServiceList,
} from '#schema/service-list.ts';
import { day } from '#schema/time.ts';
import { Instant, organizationText, text, Timestamp } from '#schema/values.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import type { Booking } from '../../billing/charging/booking.ts';
import { partialBookings } from '../../billing/period-close/service-charge.ts';
import { periodAfter, periodAt, periodNamed, type BillingDays } from '../../billing/schema/period.ts';
import { subscriptionErrors } from './errors.ts';

/** Services that a user, device or phone line subscribes to (functions/accounts/README.md, "Subscriptions"). */

const maxServices = 20;

const WantedService = z.object({
  serviceType: text(64, 1).describe('Type of the service, as in the tariff; each type once'),
  plan: text(64, 1).describe('Plan within the type, as in the tariff'),
  features: z
    .array(text(200, 1))
    .max(100)
    .optional()
    .describe('Features of the plan that are wanted; default: all of them'),
  quantity: z.int().min(1).max(10_000).default(1).describe('How many units; default 1'),
  startDate: Instant.optional().describe('When it begins; default: now'),
});
type WantedService = z.output<typeof WantedService>;

/** The fields of `PUT /subscriptions/user/{id}`, `/device/{id}` and `/line/{id}`. */
export const serviceFields = {
  subscriptions: z
    .array(WantedService)
    .min(1)
    .max(maxServices)
    .optional()
    .describe('`user`, `device`, `line`, required: the services, 1 to 20. Others are cancelled'),
};

const states = ['active', 'pending', 'cancelled'] as const;

const PresentedService = z.object({
  serviceType: z.string().describe('Type of the service'),
  plan: z.string().describe('Plan within the type'),
  status: z.enum(states).describe('`pending`: it begins later; `cancelled`: until the end of the period'),
  features: z.array(z.string()).describe('Features'),
  startDate: Timestamp.describe('When it begins'),
  billingRate: z.number().describe('Price of a unit for each cycle, as of the subscription'),
  billingCycle: z.enum(billingCycles).describe('How often it is charged'),
  quantity: z.int().describe('Units'),
});

/** As answered. */
export const PresentedServices = z
  .object({
    subscriptionId: z.string().describe('Id of the subscription'),
    entityType: z.enum(servedEntities).describe('What the services belong to'),
    entityId: z.string().describe('Id of the user or device, user name of the line'),
    organizationId: z.string().describe('Organization'),
    status: z
      .enum([...states, 'suspended'])
      .describe('`active` if any service is, else `pending`, else `cancelled`; `suspended` with its organization'),
    subscriptions: z.array(PresentedService).describe('The services, in the order of their types'),
    totalMonthlyRate: z.number().describe('Prices of the services that are not cancelled, per month'),
    currency: z.string().nullable().describe('Currency of the prices'),
    nextBillingDate: Timestamp.nullable().describe('When a service is charged next'),
  })
  .meta({ id: 'ServiceSubscription' });

const pathOf = (at: number, field: string): string => `subscriptions[${at}].${field}`;

/** @throws AppError MISSING_FIELD, VALIDATION_FAILED for a type that is named twice */
export function wantedServices(wanted: readonly WantedService[] | undefined): readonly WantedService[] {
  if (wanted === undefined) throw missingField('subscriptions');
  const types = new Set<string>();
  for (const [at, { serviceType: type }] of wanted.entries()) {
    if (types.has(type)) throw invalid(pathOf(at, 'serviceType'), 'is named twice');
    types.add(type);
  }
  return wanted;
}

/** A price list, as far as services need it. */
export type PriceList = {
  readonly currency: string;
  readonly services: readonly {
    readonly service_type: string;
    readonly plan: string;
    readonly price: string;
    readonly billing_cycle: Service['cycle'];
    readonly features: readonly string[];
  }[];
};

type Terms = { readonly tariff: PriceList | null; readonly days: BillingDays; readonly now: Date };

/** The first period that begins at a time or after it. */
function firstPeriodFrom(at: number, days: BillingDays): string {
  const { name, start } = periodAt(at, days);
  return start === at ? name : periodAfter(name, days).name;
}

/** @throws AppError UNKNOWN_SERVICE_PLAN, UNKNOWN_FEATURE, VALIDATION_FAILED */
function newService(wanted: WantedService, at: number, { tariff, days, now }: Terms): Service {
  const { serviceType: type, plan, quantity, features, startDate } = wanted;
  const offered = tariff?.services.find((each) => each.service_type === type && each.plan === plan);
  if (tariff === null || offered === undefined)
    throw new AppError(subscriptionErrors.UNKNOWN_SERVICE_PLAN, `The tariff has no plan ${plan} of ${type}`, {
      details: [{ path: pathOf(at, 'plan'), message: 'is not in the tariff' }],
    });
  const unknown = (features ?? []).findIndex((feature) => !offered.features.includes(feature));
  if (unknown >= 0)
    throw new AppError(
      subscriptionErrors.UNKNOWN_FEATURE,
      `The plan ${plan} of ${type} does not have all of the features`,
      {
        details: [{ path: `${pathOf(at, 'features')}[${unknown}]`, message: 'is not a feature of the plan' }],
      },
    );
  if (amountOf(offered.price) * BigInt(quantity) > maxAmount)
    throw invalid(pathOf(at, 'quantity'), 'makes the price more than 999999999.9999');
  const start = startDate ?? now.toISOString();
  // What has begun before is not charged for the past.
  const from = Math.max(Date.parse(start), now.getTime());
  const first = firstPeriodFrom(from, days);
  const isPartial = periodNamed(first, days).start > from;
  return {
    service_type: type,
    plan,
    features: [...new Set(features ?? offered.features)],
    price: offered.price,
    cycle: offered.billing_cycle,
    currency: tariff.currency,
    quantity,
    start_date: start,
    first_period: first,
    ...(isPartial ? { partial: { from: new Date(from).toISOString(), booked: from === now.getTime() } } : {}),
    cancelled_at: null,
    ends_at: null,
  };
}

const sameFeatures = (wanted: readonly string[] | undefined, { features }: Service): boolean =>
  wanted === undefined || (wanted.length === features.length && wanted.every((each) => features.includes(each)));

/** Whether a service continues as it is, with its price: the request asks for the same. */
const continues = ({ plan, quantity, features, startDate }: WantedService, service: Service): boolean =>
  service.plan === plan &&
  service.quantity === quantity &&
  sameFeatures(features, service) &&
  (startDate === undefined || startDate === service.start_date);

/** A cancelled service is listed to the end of the period. */
const cancelled = (service: Service, { days, now }: Pick<Terms, 'days' | 'now'>): Service => ({
  ...service,
  cancelled_at: now.toISOString(),
  ends_at: new Date(periodAt(now.getTime(), days).end).toISOString(),
});

/** How long ended services are stored: longer than a period takes calls after its end. */
const keptFor = 62 * day;
/** Cancelled services that are stored only to be listed. */
const maxListed = 40;

/**
 * Whether a period that is still to be closed may charge a cancelled service: it was active at the start of one, or
 * began within it.
 */
const mayBeCharged = ({ first_period: first, partial, cancelled_at: end }: Service, days: BillingDays): boolean =>
  end !== null &&
  (Date.parse(end) > periodNamed(first, days).start || (partial?.booked === false && end > partial.from));

/** The cancelled services that are still needed. */
function neededOf(services: readonly Service[], { days, now }: Pick<Terms, 'days' | 'now'>): Service[] {
  const ended = services.filter(({ ends_at: end }) => end !== null && Date.parse(end) + keptFor > now.getTime());
  const charged = ended.filter((service) => mayBeCharged(service, days));
  return [...charged, ...ended.filter((service) => !mayBeCharged(service, days)).slice(-maxListed)];
}

type Made = { readonly id: string; readonly entity: ServedEntity; readonly entityId: string };

/**
 * The services after a request: those that it repeats continue with their prices, the others are new, at the prices of
 * the tariff; all else is cancelled.
 * @throws AppError UNKNOWN_SERVICE_PLAN, UNKNOWN_FEATURE, VALIDATION_FAILED
 */
export function replaceServices(
  before: ServiceList | undefined,
  wanted: readonly WantedService[],
  { id, entity, entityId }: Made,
  terms: Terms,
): ServiceList {
  const old = before?.services ?? [];
  const open = old.filter(({ cancelled_at: end }) => end === null);
  const kept: Service[] = [];
  const current = wanted.map((each, at) => {
    const found = open.find((service) => service.service_type === each.serviceType && continues(each, service));
    if (found !== undefined) kept.push(found);
    return found ?? newService(each, at, terms);
  });
  const ended = open.filter((service) => !kept.includes(service)).map((service) => cancelled(service, terms));
  const earlier = old.filter(({ cancelled_at: end }) => end !== null);
  const at = terms.now.toISOString();
  return {
    id: before?.id ?? id,
    entity,
    entity_id: entityId,
    services: [...neededOf([...earlier, ...ended], terms), ...current],
    created_at: before?.created_at ?? at,
    updated_at: at,
    version: (before?.version ?? 0) + 1,
  };
}

/** What the services that begin now cost for the rest of the period. */
export function firstCharges(
  list: ServiceList,
  { organization, currency, billingDays }: BillingProfile,
  now: Date,
): Booking[] {
  const payer = { organization, currency, period: periodAt(now.getTime(), billingDays) };
  return partialBookings([list], payer, ({ from, booked }) => booked && from === now.toISOString());
}

/**
 * The list without one service, or without all.
 * @returns undefined if there is none to cancel
 */
export function cancelServices(
  list: ServiceList,
  type: string | undefined,
  terms: Pick<Terms, 'days' | 'now'>,
): ServiceList | undefined {
  const ends = ({ service_type, cancelled_at }: Service): boolean =>
    cancelled_at === null && (type === undefined || service_type === type);
  if (!list.services.some(ends)) return undefined;
  return {
    ...list,
    services: list.services.map((service) => (ends(service) ? cancelled(service, terms) : service)),
    updated_at: terms.now.toISOString(),
    version: list.version + 1,
  };
}

/** Those that are listed: not cancelled, or cancelled in the present period. */
export const listedServices = ({ services }: ServiceList, now: Date): Service[] =>
  services.filter(({ ends_at: end }) => end === null || end > now.toISOString());

const stateOf = ({ cancelled_at: end, start_date: start }: Service, now: Date): (typeof states)[number] => {
  if (end !== null) return 'cancelled';
  return start > now.toISOString() ? 'pending' : 'active';
};

/** Periods after the present one within which every cycle begins, once the first has begun. */
const longestCycle = 12;

/** When a service is charged next, Unix milliseconds. @param period the present one */
function nextCharge(service: Service, period: string, days: BillingDays): number {
  const after = service.first_period > period ? service.first_period : periodAfter(period, days).name;
  let next = periodNamed(after, days);
  for (let passed = 0; passed < longestCycle && !beginsCycle(service, next.name); passed += 1)
    next = periodAfter(next.name, days);
  return next.start;
}

/** The price of all units per month, in micro-units. */
const monthlyRate = ({ price, quantity, cycle }: Service): bigint =>
  divideRounded(amountOf(price) * BigInt(quantity), BigInt(periodsOf[cycle]));

type Shown = {
  readonly organization: { readonly org_id: number; readonly status: string };
  readonly days: BillingDays;
  readonly now: Date;
};

export function presentServices(
  list: ServiceList,
  { organization, days, now }: Shown,
): z.input<typeof PresentedServices> {
  const listed = listedServices(list, now).toSorted((one, other) => (one.service_type < other.service_type ? -1 : 1));
  const open = listed.filter(({ cancelled_at: end }) => end === null);
  const found = listed.map((service) => stateOf(service, now));
  const status = states.find((state) => found.includes(state)) ?? 'cancelled';
  const { name } = periodAt(now.getTime(), days);
  const charges = open.map((service) => nextCharge(service, name, days));
  return {
    subscriptionId: list.id,
    entityType: list.entity,
    entityId: list.entity_id,
    organizationId: organizationText(organization.org_id),
    status: organization.status === 'suspended' ? 'suspended' : status,
    subscriptions: listed.map((service) => ({
      serviceType: service.service_type,
      plan: service.plan,
      status: stateOf(service, now),
      features: [...service.features],
      startDate: service.start_date,
      billingRate: decimalNumber(amountOf(service.price)),
      billingCycle: service.cycle,
      quantity: service.quantity,
    })),
    totalMonthlyRate: decimalNumber(money(open.reduce((sum, service) => sum + monthlyRate(service), 0n))),
    currency: listed[0]?.currency ?? null,
    nextBillingDate: charges.length === 0 ? null : new Date(Math.min(...charges)).toISOString(),
  };
}
