import { ok } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { listProfits, profit } from './contract.ts';
import { daysAsked, profitOf } from './number-profit.ts';
import { pageOf, profitStore } from './store.ts';

/** A + reaches a query as a blank. */
const numberAsked = (number: string | undefined): string | undefined => number?.replace(/^ /, '+');

/** @param outside what the function touches; tests bring their own */
export const profitHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    profit,
    {
      [listProfits.route]: async ({ query, now, page: request }, { table }) => {
        const store = profitStore(table);
        const period = daysAsked(query, await store.billingDays(), now.getTime());
        const { numbers, totals } = profitOf(
          await store.days(period, numberAsked(query.number)),
          query.sort ?? 'profit',
          query.order ?? 'desc',
        );
        const found = await pageOf(numbers, request());
        return ok({
          period,
          numbers: [...found.items],
          totals,
          total: numbers.length,
          next_page_token: found.nextToken,
        });
      },
    },
    dependencies,
  );

export const handler = profitHandler();
