import { AppError, notFound } from '../../../shared/errors.ts';
import { ok } from '../../../shared/http/answers/answer.ts';
import type { Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { lookUpRate, rates } from './contract.ts';
import { lookUp, payerOf, periodOf, priceLists, questionOf, termsBy } from './rate-lookup.ts';
import { payerStore, tariffOf } from './store.ts';

type Places = { readonly seller: number; readonly onProfile: string | null };

/** @param outside what the function touches; tests bring their own */
export const ratesHandler = (dependencies = dependenciesFromEnvironment()) => {
  const cache = priceLists();

  /** A tariff that the organization has, or that it is charged by. */
  async function tariffNamed(
    id: string,
    { seller, onProfile }: Places,
    { table, tableOf }: Context<typeof rates>,
  ): Promise<CompiledTariff> {
    const found =
      (await tariffOf(table, id, cache)) ?? (id === onProfile ? await tariffOf(tableOf(seller), id, cache) : null);
    if (found === null) throw notFound('Tariff');
    return found;
  }

  return serve(
    rates,
    {
      [lookUpRate.route]: async ({ params, query, organization, now }, context) => {
        const question = questionOf(params.number, query, now);
        const store = payerStore(context.table);
        const payer = await store.payer();
        const seller = organization.parent_id ?? organization.org_id;
        const profile = payer?.profile ?? null;
        const named =
          query.tariff_id === undefined
            ? null
            : await tariffNamed(query.tariff_id, { seller, onProfile: profile?.tariffId ?? null }, context);
        if (profile === null && named === null)
          throw new AppError('NO_RATE', 'This organization has no billing profile');
        const own =
          profile === null || profile.tariffId === null
            ? null
            : await tariffOf(context.tableOf(seller), profile.tariffId, cache);
        const { account, books } = payerOf(
          { item: organization, profile, tariff: own },
          now.getTime(),
          context.environment,
        );
        const period = periodOf(question, books);
        return ok(lookUp(question, termsBy(account, named), period, await store.used(period.name)));
      },
    },
    dependencies,
  );
};

export const handler = ratesHandler();
