import * as z from 'zod';
import { AppError } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { AmountText, parseMicros } from '#schema/money.ts';
import { organizationErrors } from './errors.ts';

/** Limits of an organization, bounded by its reseller's (functions/accounts/README.md, "Organizations"). */

const maxCount = 10_000_000;

/** As stored and answered. */
export const Limits = z.object({
  max_users: z.int().min(1).max(maxCount).describe('Users and service accounts; default 10,000'),
  max_devices: z.int().min(0).max(maxCount).describe('Devices; default 10,000'),
  max_trunks: z.int().min(0).max(maxCount).describe('SIP trunks; default 100'),
  max_numbers: z.int().min(0).max(maxCount).describe('Phone numbers; default 10,000'),
  max_concurrent_calls: z.int().min(0).max(maxCount).describe('Calls in progress; default 100'),
  daily_spend: z
    .string()
    .nullable()
    .describe('Amount per UTC day in the currency of the billing profile, up to 4 decimals; null: no limit'),
});
export type Limits = z.output<typeof Limits>;

/** As requested. */
export const WantedLimits = Limits.extend({
  daily_spend: AmountText(4)
    .nullable()
    .describe('Amount per UTC day in the currency of the billing profile, up to 4 decimals; null: no limit'),
}).partial();
export type WantedLimits = z.output<typeof WantedLimits>;

export const defaultLimits: Limits = {
  max_users: 10_000,
  max_devices: 10_000,
  max_trunks: 100,
  max_numbers: 10_000,
  max_concurrent_calls: 100,
  daily_spend: null,
};

type Seller = { readonly type: 'operator' | 'reseller' | 'customer'; readonly limits: Limits };

const counted = ['max_users', 'max_devices', 'max_trunks', 'max_numbers', 'max_concurrent_calls'] as const;

/**
 * The limits of an organization below `parent`: as requested, else the default, or the reseller's where that is lower.
 * @throws AppError LIMIT_EXCEEDS_PARENT
 */
export function limitsWithin(requested: WantedLimits | undefined, parent: Seller): Limits {
  const wanted = definedFields(requested ?? {});
  if (parent.type !== 'reseller') return { ...defaultLimits, ...wanted };
  const exceeding = [
    ...counted.filter((name) => (wanted[name] ?? 0) > parent.limits[name]),
    ...(exceedsDailySpend(wanted, parent) ? ['daily_spend' as const] : []),
  ];
  if (exceeding.length > 0) {
    throw new AppError(
      organizationErrors.LIMIT_EXCEEDS_PARENT,
      `Above the limits of the reseller: ${exceeding.join(', ')}`,
      {
        details: exceeding.map((name) => ({
          path: `limits.${name}`,
          message: `must be at most ${parent.limits[name]}`,
        })),
      },
    );
  }
  const lower = Object.fromEntries(counted.map((name) => [name, Math.min(defaultLimits[name], parent.limits[name])]));
  return { ...defaultLimits, ...lower, daily_spend: parent.limits.daily_spend, ...wanted };
}

/** No limit exceeds any amount. Amounts are compared as numbers, whatever their currencies. */
function exceedsDailySpend(
  { daily_spend: wanted }: Partial<Limits>,
  { limits: { daily_spend: max } }: Seller,
): boolean {
  if (wanted === undefined || max === null) return false;
  return wanted === null || (parseMicros(wanted) ?? 0n) > (parseMicros(max) ?? 0n);
}

/** The limits after a change: only requested ones change. @throws AppError LIMIT_EXCEEDS_PARENT */
export function changedLimits<L extends Limits>(
  current: L,
  requested: WantedLimits | undefined,
  parent: Seller | undefined,
): L {
  const checked = parent === undefined ? {} : limitsWithin(requested, parent);
  const next = Object.fromEntries(
    Object.entries({ ...checked, ...requested }).filter(
      ([name, value]) => requested?.[name as keyof typeof requested] !== undefined && value !== undefined,
    ),
  );
  return { ...current, ...next };
}
