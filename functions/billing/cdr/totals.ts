/** The sums of what a search for CDRs finds (functions/billing/cdr-ingest/README.md, "CDRs"). */
import * as z from 'zod';
import { amountOf, decimalText, money } from '#schema/money.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';

/** CDRs that an answer sums at most, the newest. */
export const maxSummed = 10_000;

export const Totals = z
  .object({
    calls: z.int().describe('Calls, without voided ones'),
    answered: z.int().describe('Those of them that were answered'),
    talk_seconds: z.int().describe('Seconds from answer to end'),
    charges: z
      .array(
        z.object({
          currency: z.string().describe('ISO 4217 code'),
          amount: z.string().describe('What the calls are charged, a decimal with 4 decimals'),
        }),
      )
      .describe('Charges, one per currency; empty without a rated call'),
    complete: z.boolean().describe(`Whether all are summed; false: there are more than ${maxSummed}, the newest count`),
  })
  .meta({ id: 'CdrTotals' });

type Summed = Pick<FiledCdr, 'disposition' | 'billable_seconds'> & {
  readonly rating: Pick<FiledCdr['rating'], 'status' | 'charge' | 'currency'>;
};

function chargesOf(cdrs: readonly Summed[]) {
  const sums = new Map<string, bigint>();
  for (const { rating } of cdrs)
    if (rating.currency !== null)
      sums.set(rating.currency, (sums.get(rating.currency) ?? 0n) + amountOf(rating.charge));
  return [...sums].map(([currency, sum]) => ({ currency, amount: decimalText(money(sum)) }));
}

/** @param cdrs those of a search. @param isComplete they are all that it finds */
export function totalsOf(cdrs: readonly Summed[], isComplete: boolean): z.input<typeof Totals> {
  const counted = cdrs.filter(({ rating }) => rating.status !== 'void');
  return {
    calls: counted.length,
    answered: counted.filter(({ disposition }) => disposition === 'ANSWERED').length,
    talk_seconds: counted.reduce((sum, { billable_seconds: seconds }) => sum + seconds, 0),
    charges: chargesOf(counted),
    complete: isComplete,
  };
}
