/** Who sells a call to whom, and for what (functions/billing/README.md, "Words", "Profit"). */
import { amountOf } from '#schema/money.ts';
import { chargeOf, type Rating } from './rating.ts';

/** `seller` sells to `organization`. If the seller is a reseller, the operator sells to the seller. */
export type SalesChain = { readonly organization: number; readonly seller: number; readonly operator: number };

/** Whether the seller is a reseller, which is charged for the calls of its customers. */
export const hasReseller = ({ seller, operator }: SalesChain): boolean => seller !== operator;

/** What a call costs who buys it, and what it costs who sells it; null if unknown. In micro-units of the currency. */
export type Price = { readonly currency: string | null; readonly charge: bigint; readonly cost: bigint | null };

/** What the carrier charges; null if unknown. A free call costs nothing unless its carrier charges for it. */
function carrierCost({ cost, cost_currency: own, status }: Rating, currency: string | null): bigint | null {
  if (own !== null && own !== currency) return null;
  if (cost !== null) return amountOf(cost);
  return status === 'free' ? 0n : null;
}

const wholesaleCost = (wholesale: Rating, currency: string | null): bigint | null =>
  wholesale.currency !== currency || wholesale.status === 'unrated' ? null : chargeOf(wholesale);

/** What the organization of a call is charged, and what its carrier charges. */
export const ownPrice = (rating: Rating): Price => ({
  currency: rating.currency,
  charge: chargeOf(rating),
  cost: carrierCost(rating, rating.currency),
});

/** `customer` buys a call of `seller`. */
export type Sale = Price & { readonly seller: number; readonly customer: number };

/**
 * The sales of a call. A reseller, and the operator to it, have sold it once the reseller is charged for it; the
 * operator sells none to itself.
 */
export function salesOf(rating: Rating, { organization, seller, operator }: SalesChain): Sale[] {
  if (organization === operator) return [];
  if (seller === operator) return [{ seller, customer: organization, ...ownPrice(rating) }];
  const { currency, wholesale } = rating;
  if (wholesale === null) return [];
  const bought = { currency: wholesale.currency, charge: chargeOf(wholesale) };
  return [
    { seller, customer: organization, currency, charge: chargeOf(rating), cost: wholesaleCost(wholesale, currency) },
    { seller: operator, customer: seller, ...bought, cost: carrierCost(rating, wholesale.currency) },
  ];
}
