import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { AppError, found, notFound } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import type { Handler, Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { numberOriginOf, originOfCall } from '#telephony/number-format.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { lookUpRate, rates } from './contract.ts';
import { lookUp, payerOf, periodOf, newTariffCache, exampleCallOf, termsBy, rateErrors } from './rate-lookup.ts';
import { payerStore, tariffOf } from './store.ts';

type RateContext = Context<typeof rates>;
type PriceListCache = ReturnType<typeof newTariffCache>;
type VisibleTariffs = { readonly seller: number; readonly onProfile: string | null };

/** An own tariff of the organization, or the one on its profile. @throws AppError NOT_FOUND */
async function tariffNamed(
  id: string,
  { seller, onProfile }: VisibleTariffs,
  { table, tableOf }: RateContext,
  cache: PriceListCache,
): Promise<CompiledTariff> {
  const own = await tariffOf(table, id, cache);
  if (own !== null) return own;
  const bought = id === onProfile ? await tariffOf(tableOf(seller), id, cache) : null;
  if (bought === null) throw notFound('Tariff');
  return bought;
}

/** The number format of a trunk of the organization. @throws AppError NOT_FOUND */
async function formatOfTrunk(id: string | undefined, { table }: RateContext) {
  return id === undefined ? undefined : found(await table.get(trunkRow, { id }), 'SIP trunk').number_format;
}

const answerLookup =
  (cache: PriceListCache): Handler<typeof rates, typeof lookUpRate> =>
  async ({ params, query, organization, now }, context) => {
    const origin = originOfCall(numberOriginOf(organization), {
      source: query.source,
      trunk: await formatOfTrunk(query.trunk_id, context),
    });
    const call = exampleCallOf(params.number, query, { now, origin });
    const store = payerStore(context.table);
    const profile = (await store.payer())?.profile ?? null;
    const seller = organization.parent_id ?? organization.org_id;
    const onProfile = profile?.tariffId ?? null;
    const named =
      query.tariff_id === undefined ? null : await tariffNamed(query.tariff_id, { seller, onProfile }, context, cache);
    if (profile === null && named === null)
      throw new AppError(rateErrors.NO_RATE, 'This organization has no billing profile and so no rates');
    const tariff = onProfile === null ? null : await tariffOf(context.tableOf(seller), onProfile, cache);
    const paying = { item: organization, profile, tariff };
    const { account, calendar } = payerOf(paying, now.getTime(), context.environment);
    const period = periodOf(call, calendar);
    return ok(lookUp(call, termsBy(account, named), period, await store.used(period.name)));
  };

/** @param dependencies what the function uses from outside; tests pass their own */
export const ratesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(rates, { [lookUpRate.route]: answerLookup(newTariffCache()) }, dependencies);

export const handler = ratesHandler();
