import type { AnswerOf } from '../kit/answer-of.ts';
import { amountText } from '../kit/amounts.ts';
import { largestPage, readAll } from '../kit/all-rows.ts';
import type { ApiRequest } from '../kit/api-request.ts';
import { chargesText, type Calls } from '../overview/hours.ts';

/** Figures of the account of a customer. */

/** A statement of some days, with what the API says beside its entries (functions/billing/README.md, "Credit"). */
export type Statement = Pick<AnswerOf<'get', '/billingprofile/{id}/ledger'>, 'data'> & {
  readonly currency: string;
  readonly opening_balance: string;
  readonly closing_balance: string;
  readonly charges: readonly {
    /** `YYYY-MM-DD`, UTC. */
    readonly day: string;
    /** As it moves the balance: negative. */
    readonly amount: string;
    readonly calls: number;
    readonly minutes: string;
    readonly sms: number;
  }[];
};

/** What the calls and SMS of a statement cost. */
export const chargedIn = ({ charges }: Pick<Statement, 'charges'>): number =>
  charges.reduce((sum, { amount }) => sum - Math.round(Number(amount) * 10_000), 0) / 10_000;

/** Charges of calls, one sum for each currency. */
export const spentText = ({ charges }: Pick<Calls['today'], 'charges'>): string =>
  charges.length === 0 ? amountText(0, undefined) : chargesText({ charges });

/** First and last day of a month (UTC, as statements are). @param month `YYYY-MM` */
export function daysOf(month: string): { readonly start: string; readonly end: string } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { start: `${month}-01`, end: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10) };
}

/** The months up to that of a day, the latest first. @param today `2026-11-27` */
export function monthsUntil(today: string, count: number): readonly string[] {
  const date = new Date(today);
  return Array.from({ length: count }, (_month, back) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}

/** A month with all of its entries. @param ask sends a request @param month `YYYY-MM` @throws ApiError */
export async function readStatement(
  ask: (wanted: ApiRequest) => Promise<unknown>,
  id: string,
  month: string,
): Promise<Statement> {
  const pages: Statement[] = [];
  const query = { ...daysOf(month), limit: largestPage };
  const keepPage = async (wanted: ApiRequest): Promise<unknown> => {
    const answer = (await ask(wanted)) as Statement;
    pages.push(answer);
    return answer;
  };
  await readAll(keepPage, { method: 'GET', path: `/billingprofile/${id}/ledger`, query });
  const [statement] = pages;
  if (statement === undefined) throw new Error('a list has one page at least');
  return { ...statement, data: pages.flatMap(({ data }) => data) };
}
