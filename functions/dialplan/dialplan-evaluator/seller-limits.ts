import { balanceOf, isCreditUsedUp, type BalancePart } from '../../billing/charging/balance.ts';
import { deniesUnrated, type BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { ratingsOf, routesWithin, type AccountSource, type CallToPay, type Limits } from './credit.ts';

/**
 * What the reseller of an organization can pay for, as it is charged for each call of its customers
 * (functions/dialplan/README.md, "Credit and limits").
 */

/** @param parts the balance of the reseller */
export const sellerLimits = (profile: BillingProfile, parts: readonly BalancePart[]): Limits => ({
  denies: deniesUnrated(profile),
  isExhausted: isCreditUsedUp(balanceOf(parts), profile),
});

/** What a reseller denies of a call, and the positions of the routes that it permits; null: all. */
export type SellerDenial = {
  readonly reason: 'NO_CREDIT' | 'NO_RATE' | null;
  readonly routes: readonly number[] | null;
};

const permitted = (routes: SellerDenial['routes']): SellerDenial => ({ reason: null, routes });

/** What the reseller denies of a call. As for its customer, a call that costs it nothing is never denied for money. */
export async function deniedBySeller(
  { sent, at }: Pick<CallToPay, 'sent' | 'at'>,
  source: Pick<AccountSource, 'seller' | 'numbers'>,
): Promise<SellerDenial> {
  if (sent.to === 'inside') return permitted(null);
  const seller = await source.seller();
  if (seller === null) return permitted(null);
  const limits = { denies: seller.denies && sent.to === 'gateways', isExhausted: seller.isExhausted };
  const priced = { terms: seller.terms, at };
  const routes = routesWithin(limits, await source.numbers(sent), ratingsOf(seller, priced));
  return routes.length > 0 ? permitted(routes) : { reason: seller.isExhausted ? 'NO_CREDIT' : 'NO_RATE', routes: null };
}
