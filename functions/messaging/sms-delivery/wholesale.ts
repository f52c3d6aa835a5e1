/** What a reseller pays for the SMS of its customers (functions/billing/README.md, "SMS"). */
import type { Sms, SmsPrice } from '#schema/sms.ts';
import type { UsedOfPeriod } from '../../billing/charging/balance.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { defaultPriceIn, includedLeft, priceSms, smsPeriod } from '../../billing/sms-charges/sms-price.ts';
import type { Tariff } from '../../billing/tariffs/tariff.ts';

/** The account of a reseller, as it was read. */
export type Reseller = {
  readonly profile: BillingProfile;
  readonly tariff: Tariff | null;
  readonly used: UsedOfPeriod | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The price of a message by the terms of the reseller. @param now Unix milliseconds */
export function wholesalePrice(
  { to, segments }: Pick<Sms, 'to' | 'segments'>,
  { profile, tariff, used }: Reseller,
  environment: Environment,
  now: number,
): SmsPrice {
  const terms = { profile, tariff, defaultPrice: defaultPriceIn(environment) };
  const period = smsPeriod(terms, now);
  const [price] = priceSms([{ to, segments }], terms, { period, left: includedLeft(terms, used) });
  if (price === undefined) throw new Error('a message has a price');
  return price;
}

/** The message for which the reseller was charged. */
export const withWholesale = (sms: Sms, wholesale: NonNullable<Sms['wholesale']>): Sms => ({
  ...sms,
  wholesale,
  version: sms.version + 1,
});
