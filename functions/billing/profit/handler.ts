import { ok } from '#http/answers/answer.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { listNumberProfits, profit } from './contract.ts';
import { profitDays, profitOf } from './number-profit.ts';
import { pageOf, profitStore } from './store.ts';

/** In a query string an unescaped + decodes to a blank (https://url.spec.whatwg.org/#urlencoded-parsing). */
const withPlus = (number: string | undefined): string | undefined => number?.replace(/^ /, '+');

/** @param dependencies what the function uses from outside; tests pass their own */
export const profitHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    profit,
    {
      [listNumberProfits.route]: async ({ query, now, page: request }, { table }) => {
        const store = profitStore(table);
        const period = profitDays(query, await store.billingDays(), now.getTime());
        const { numbers, totals } = profitOf(
          await store.days(period, withPlus(query.number)),
          query.sort ?? 'profit',
          query.order ?? 'desc',
        );
        const found = await pageOf(numbers, request());
        return ok({
          time_zone: 'UTC',
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
