import { creditPart, type BalancePart } from '../../billing/billing-profiles/balance.ts';

/** A balance for a decision (functions/billing/README.md, "Reservations"). */
export type OrderedBalance = {
  /** The item of credits, and the charges as they were read after it. */
  readonly balance: readonly BalancePart[];
  /** No CDR has settled in between, whose charge and reservation would both count. */
  readonly isExact: boolean;
  /** The item of credits as it was read with the charges: for another read. */
  readonly latest: BalancePart;
};

/** @param credit as it was read first @param parts all of the balance, as a query read them after it */
export function orderBalance(credit: BalancePart, parts: readonly BalancePart[]): OrderedBalance {
  const latest = creditPart(parts);
  return {
    balance: [credit, ...parts.filter(({ period }) => period !== undefined)],
    isExact: latest.released === credit.released,
    latest,
  };
}
