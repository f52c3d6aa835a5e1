/** The tariff: a versioned price list of a seller (functions/billing/README.md, "Tariffs"). */
import * as z from 'zod';
import { AppError, invalid } from '#errors.ts';
import { AmountText } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { ConfirmRemoval, Currency, text, TimeZone } from '#schema/values.ts';
import { Prefix, Rate, assertUnique } from './rate.ts';

const SmsRate = z.object({
  prefix: Prefix.describe('Leading digits of the number, 0 to 15 without `+`'),
  price: AmountText(6).describe('Price per segment, with up to 6 decimals'),
});

const Service = z.object({
  service_type: text(64, 1).describe('Type of the service, 1 to 64 characters'),
  plan: text(64, 1).describe('Plan within the type, 1 to 64 characters'),
  price: AmountText(4).describe('Price per billing cycle, with up to 4 decimals'),
  billing_cycle: z
    .enum(['monthly', 'quarterly', 'annual'])
    .default('monthly')
    .describe('How often the price is charged'),
  features: z.array(text(200, 1)).max(100).default([]).describe('Up to 100 features of the plan'),
});

const count = z.int().min(0).max(1_000_000_000);

/** `sell`: what children are charged; `cost`: what carriers charge. */
export const tariffKinds = ['sell', 'cost'] as const;

/** The index of the first element whose key an earlier one has, or -1. */
function indexOfRepeated<T>(elements: readonly T[], key: (element: T) => string): number {
  const seen = new Set<string>();
  return elements.findIndex((element) => seen.size === seen.add(key(element)).size);
}

/** They are a part of the tariff's item and of its events, which DynamoDB limits to 400 KB. */
const maxSmsRates = 2_000;
/** Bytes of the services as JSON, for the same reason. */
const maxServicesBytes = 60_000;
/** Trunks of a cost tariff. */
const maxTrunks = 1_000;
/** Trunks that one request may add or remove: each has a marker item in the transaction of the version. */
const maxTrunksChanged = 60;

/** Rates of a tariff. */
const maxRates = 100_000;

const tariffFields = {
  name: text(100, 1).describe('Name, unique in the organization whatever its case, 1 to 100 characters'),
  description: text(1_000).nullable().default(null).describe('Free text, up to 1,000 characters'),
  currency: Currency.describe('ISO 4217 code of all amounts; fixed while a billing profile uses the tariff'),
  timezone: TimeZone.default('UTC').describe('IANA time zone of the time bands'),
  monthly_minimum: AmountText(4).default('0.0000').describe('Least amount that a period is charged'),
  included_minutes: count.default(0).describe('Free minutes of each period, for rates with `included`'),
  included_sms: count.default(0).describe('Free segments of SMS of each period'),
  sms_rates: z
    .array(SmsRate)
    .max(maxSmsRates)
    .default([])
    .describe('Prices of SMS, up to 2,000, one per prefix; the longest that matches applies'),
  services: z
    .array(Service)
    .max(200)
    .default([])
    .describe('Prices of subscriptions, up to 200, one per service_type and plan'),
  trunk_ids: z
    .array(text(64, 1))
    .max(maxTrunks)
    .default([])
    .describe('Trunks whose calls the tariff prices, up to 1,000; cost tariffs only'),
};

/** The body of `PUT /tariffs/{id}`: a whole version. */
export const NewTariff = z
  .object({
    ...tariffFields,
    kind: z
      .enum(tariffKinds)
      .optional()
      .describe('`sell` (default): what children are charged; `cost`: what carriers charge, operator only; fixed'),
    rates: z
      .array(Rate)
      .optional()
      .describe(
        'As many rates as the body holds, one per direction, prefix and valid_from; absent: an existing tariff keeps ' +
          'its own. `POST /tariffs/{id}/rates` adds more',
      ),
    version: z
      .int()
      .min(1)
      .optional()
      .describe('Version that the new one is based on; another one is a VERSION_CONFLICT'),
    confirm_removal: ConfirmRemoval,
  })
  .superRefine(({ services, trunk_ids, sms_rates }, context) => {
    const reject = (field: string, index: number, message: string) => {
      if (index >= 0) context.addIssue({ code: 'custom', path: [field, index], message });
    };
    reject(
      'services',
      indexOfRepeated(services, ({ service_type, plan }) => JSON.stringify([service_type, plan])),
      'has the service_type and plan of another',
    );
    if (Buffer.byteLength(JSON.stringify(services)) > maxServicesBytes)
      context.addIssue({ code: 'custom', path: ['services'], message: `must have at most ${maxServicesBytes} bytes` });
    reject(
      'sms_rates',
      indexOfRepeated(sms_rates, ({ prefix }) => prefix),
      'has the prefix of another',
    );
    reject(
      'trunk_ids',
      indexOfRepeated(trunk_ids, (trunk) => trunk),
      'is given twice',
    );
  })
  .meta({ id: 'NewTariff' });
export type NewTariff = z.output<typeof NewTariff>;

/** One version of a tariff without its rates, which are stored in items of their own. */
export type Tariff = Omit<NewTariff, 'rates' | 'kind' | 'confirm_removal'> & {
  readonly id: string;
  readonly org_id: number;
  readonly kind: (typeof tariffKinds)[number];
  readonly rate_count: number;
  /** Counts from 1. */
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
};

/** Fields of a first version that are not in the body. `now`: ISO 8601. */
export type Origin = { readonly id: string; readonly organization: number; readonly now: string };

/**
 * The first version: no rates unless the body has some.
 * @throws AppError LIMIT_EXCEEDED, DUPLICATE_RATE, VALIDATION_FAILED
 */
export function firstVersion(wanted: NewTariff, { id, organization, now }: Origin): Tariff {
  return newVersion(wanted, {
    id,
    org_id: organization,
    kind: wanted.kind ?? 'sell',
    rate_count: 0,
    version: 1,
    created_at: now,
    updated_at: now,
  });
}

/**
 * The version after another, which has the same rates unless the body has some. The kind is fixed; the currency is
 * fixed while a profile uses the tariff.
 * @throws AppError DUPLICATE_RATE, VALIDATION_FAILED
 */
export function nextVersion(before: Tariff, wanted: NewTariff, inUse: boolean, now: string): Tariff {
  const { id, org_id, kind, rate_count, created_at } = before;
  if (wanted.kind !== undefined && wanted.kind !== kind) throw invalid('kind', `is fixed: this is a ${kind} tariff`);
  if (inUse && wanted.currency !== before.currency)
    throw invalid('currency', 'is fixed while a billing profile uses the tariff');
  const version = before.version + 1;
  return newVersion(wanted, { id, org_id, kind, rate_count, version, created_at, updated_at: now });
}

/** `rate_count`: of the rates that the version has if the body has none. */
type Identity = Pick<Tariff, 'id' | 'org_id' | 'kind' | 'rate_count' | 'version' | 'created_at' | 'updated_at'>;

/** The version after another with other rates. @throws AppError LIMIT_EXCEEDED */
export function versionWithRates(before: Tariff, rate_count: number, now: string): Tariff {
  assertRateCount(rate_count);
  return { ...before, rate_count, version: before.version + 1, updated_at: now };
}

function assertRateCount(count: number): void {
  if (count > maxRates) throw new AppError('LIMIT_EXCEEDED', 'A tariff has at most 100,000 rates');
}

function newVersion(wanted: NewTariff, identity: Identity): Tariff {
  const { rates, ...rest } = omit(wanted, 'confirm_removal');
  assertRateCount(rates?.length ?? 0);
  assertUnique(rates ?? []);
  if (identity.kind === 'sell' && rest.trunk_ids.length > 0) throw invalid('trunk_ids', 'is for cost tariffs only');
  return { ...rest, ...identity, rate_count: rates?.length ?? identity.rate_count };
}

/** Only the operator is charged by carriers, so only it has cost tariffs. @throws AppError VALIDATION_FAILED */
export function assertMayHave({ kind }: Tariff, isOperator: boolean): void {
  if (kind === 'cost' && !isOperator) throw invalid('kind', 'must be sell: only the operator has cost tariffs');
}

/** Trunks that a new version adds and removes. @throws AppError LIMIT_EXCEEDED if they do not fit into a transaction */
export function trunkChanges(
  before: readonly string[],
  after: readonly string[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const [had, has] = [new Set(before), new Set(after)];
  const changed = {
    added: after.filter((trunk) => !had.has(trunk)),
    removed: before.filter((trunk) => !has.has(trunk)),
  };
  if (changed.added.length + changed.removed.length > maxTrunksChanged)
    throw new AppError('LIMIT_EXCEEDED', `One request may add or remove at most ${maxTrunksChanged} trunks`);
  return changed;
}
