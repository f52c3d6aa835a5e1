import { AppError, notFound } from '../../../shared/errors.ts';
import { ok } from '../../../shared/http/answers/answer.ts';
import type { World } from '../../../shared/http/handlers.ts';
import { outsideFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { lookUpRate, rates } from './contract.ts';
import { lookUp, payerOf, periodOf, priceLists, questionOf, termsBy } from './rate-lookup.ts';
import { payerStore, tariffOf } from './store.ts';

type Places = { readonly seller: number; readonly onProfile: string | null };

/** @param outside what the function touches; tests bring their own */
export const ratesHandler = (outside = outsideFromEnvironment()) => {
  const shelf = priceLists();

  /** A tariff that the organization has, or that it is charged by. */
  async function tariffNamed(
    id: string,
    { seller, onProfile }: Places,
    { table, tableOf }: World<typeof rates>,
  ): Promise<CompiledTariff> {
    const found =
      (await tariffOf(table, id, shelf)) ?? (id === onProfile ? await tariffOf(tableOf(seller), id, shelf) : null);
    if (found === null) throw notFound('Tariff');
    return found;
  }

  return serve(
    rates,
    {
      [lookUpRate.route]: async ({ params, query, organization, now }, world) => {
        const question = questionOf(params.number, query, now);
        const store = payerStore(world.table);
        const payer = await store.payer();
        const seller = organization.parent_id ?? organization.org_id;
        const profile = payer?.profile ?? null;
        const named =
          query.tariff_id === undefined
            ? null
            : await tariffNamed(query.tariff_id, { seller, onProfile: profile?.tariffId ?? null }, world);
        if (profile === null && named === null)
          throw new AppError('NO_RATE', 'This organization has no billing profile');
        const own =
          profile === null || profile.tariffId === null
            ? null
            : await tariffOf(world.tableOf(seller), profile.tariffId, shelf);
        const { account, books } = payerOf(
          { item: organization, profile, tariff: own },
          now.getTime(),
          world.environment,
        );
        const period = periodOf(question, books);
        return ok(lookUp(question, termsBy(account, named), period, await store.used(period.name)));
      },
    },
    outside,
  );
};

export const handler = ratesHandler();
