/** The tariff: a versioned price list of a seller (billing.md, "Tariffs"). */
import * as z from 'zod';
import { AppError, invalid, notYetSupported } from '../../../shared/errors.ts';
import { AmountText } from '../../../shared/schema/money.ts';
import { Currency, text, TimeZone } from '../../../shared/schema/values.ts';
import { Prefix, Rate, refuseDuplicates } from './rate.ts';

const SmsRate = z.object({ prefix: Prefix, price: AmountText(6) });

const Service = z.object({
  service_type: text(64, 1),
  plan: text(64, 1),
  price: AmountText(4),
  billing_cycle: z.enum(['monthly', 'quarterly', 'annual']).default('monthly'),
  features: z.array(text(200, 1)).max(100).default([]),
});

const count = z.int().min(0).max(1_000_000_000);

/** `sell`: what children are charged; `cost`: what carriers ask. */
export const tariffKinds = ['sell', 'cost'] as const;

/** The index of the first element whose key an earlier one has, or -1. */
function repeated<T>(elements: readonly T[], key: (element: T) => string): number {
  const seen = new Set<string>();
  return elements.findIndex((element) => seen.size === seen.add(key(element)).size);
}

/**
 * Trunks of a cost tariff; and of those the ones that begin or cease to be priced at once, as each has a marker in the
 * transaction of the version.
 */
const [maxTrunks, maxTrunksChanged] = [1_000, 60];

const described = {
  name: text(100, 1),
  description: text(1_000).nullable().default(null),
  currency: Currency,
  timezone: TimeZone.default('UTC'),
  monthly_minimum: AmountText(4).default('0.0000'),
  included_minutes: count.default(0),
  included_sms: count.default(0),
  sms_rates: z.array(SmsRate).max(20_000).default([]),
  services: z.array(Service).max(200).default([]),
  trunk_ids: z.array(text(64, 1)).max(maxTrunks).default([]),
};

/** The body of `PUT /tariffs/{id}`: a whole version. */
export const NewTariff = z
  .object({
    ...described,
    kind: z.enum(tariffKinds).optional(),
    rates: z.array(Rate).max(20_000).default([]),
    version: z.int().min(1).optional(),
  })
  .superRefine(({ services, trunk_ids, sms_rates }, context) => {
    const refuse = (field: string, index: number, message: string) => {
      if (index >= 0) context.addIssue({ code: 'custom', path: [field, index], message });
    };
    refuse(
      'services',
      repeated(services, ({ service_type, plan }) => JSON.stringify([service_type, plan])),
      'has the service_type and plan of another',
    );
    refuse(
      'sms_rates',
      repeated(sms_rates, ({ prefix }) => prefix),
      'has the prefix of another',
    );
    refuse(
      'trunk_ids',
      repeated(trunk_ids, (trunk) => trunk),
      'is given twice',
    );
  })
  .meta({ id: 'NewTariff' });
export type NewTariff = z.output<typeof NewTariff>;

/**
 * Messages and subscriptions are charged by nothing yet, so no price for them is taken. @throws AppError
 * NOT_YET_SUPPORTED
 */
export function refuseUncharged({ included_sms, sms_rates, services }: NewTariff): void {
  if (included_sms > 0) throw notYetSupported('included_sms');
  if (sms_rates.length > 0) throw notYetSupported('sms_rates');
  if (services.length > 0) throw notYetSupported('services');
}

/** One version of a tariff without its rates, which are stored apart. */
export type Tariff = Omit<NewTariff, 'rates' | 'kind'> & {
  readonly id: string;
  readonly org_id: number;
  readonly kind: (typeof tariffKinds)[number];
  readonly rate_count: number;
  /** Counts from 1. */
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
};

/** Who makes a tariff, and when: what its first version does not find in the body. */
export type Origin = { readonly id: string; readonly organization: number; readonly now: string };

/** The first version of a tariff. Throws `DUPLICATE_RATE`, `VALIDATION_FAILED`. */
export function firstVersion(wanted: NewTariff, { id, organization, now }: Origin): Tariff {
  return version(wanted, {
    id,
    org_id: organization,
    kind: wanted.kind ?? 'sell',
    version: 1,
    created_at: now,
    updated_at: now,
  });
}

/**
 * The version after `present`. The kind is fixed, the currency while a profile uses the tariff.
 * Throws `DUPLICATE_RATE`, `VALIDATION_FAILED`.
 */
export function nextVersion(present: Tariff, wanted: NewTariff, inUse: boolean, now: string): Tariff {
  const { id, org_id, kind, created_at } = present;
  if (wanted.kind !== undefined && wanted.kind !== kind) throw invalid('kind', `is fixed: this is a ${kind} tariff`);
  if (inUse && wanted.currency !== present.currency)
    throw invalid('currency', 'is fixed while a billing profile uses the tariff');
  return version(wanted, { id, org_id, kind, version: present.version + 1, created_at, updated_at: now });
}

type Identity = Pick<Tariff, 'id' | 'org_id' | 'kind' | 'version' | 'created_at' | 'updated_at'>;

function version({ rates, ...rest }: NewTariff, identity: Identity): Tariff {
  refuseDuplicates(rates);
  if (identity.kind === 'sell' && rest.trunk_ids.length > 0) throw invalid('trunk_ids', 'belongs to cost tariffs only');
  return { ...rest, ...identity, rate_count: rates.length };
}

/** Carriers charge the operator alone. Throws `VALIDATION_FAILED`. */
export function requireCarriersCustomer({ kind }: Tariff, isOperator: boolean): void {
  if (kind === 'cost' && !isOperator) throw invalid('kind', 'must be sell: carriers charge the operator');
}

/**
 * Trunks that begin and cease to be priced by a cost tariff. Throws `LIMIT_EXCEEDED` for more than one transaction
 * holds.
 */
export function trunksChanged(
  before: readonly string[],
  after: readonly string[],
): { readonly added: readonly string[]; readonly dropped: readonly string[] } {
  const [had, has] = [new Set(before), new Set(after)];
  const changed = {
    added: after.filter((trunk) => !had.has(trunk)),
    dropped: before.filter((trunk) => !has.has(trunk)),
  };
  if (changed.added.length + changed.dropped.length > maxTrunksChanged)
    throw new AppError('LIMIT_EXCEEDED', `At most ${maxTrunksChanged} trunks begin or cease to be priced at once`);
  return changed;
}
