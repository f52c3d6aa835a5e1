import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import { consume, consumerDependencies, type Delivery } from '../../../shared/queue/consume.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { cdrWholesale, type WholesaleMessage } from './contract.ts';
import { creditStanding, customerStore, resellerStore, stepWrites, tariffOf } from './store.ts';
import { isSoldOn, nextStep, periodsAsked, priceLists, resellerOf, untoldOf, type Reseller } from './wholesale.ts';

type WholesaleContext = BackgroundContext<typeof cdrWholesale>;
type Tools = { readonly context: WholesaleContext; readonly cache: TariffCache };

/** What BatchGetItem takes. */
const readAtOnce = 100;

type Desk = { readonly reseller: Reseller; readonly currencyFixed: boolean };

async function openDesk(seller: number, { context, cache }: Tools): Promise<Desk | null> {
  const payer = await resellerStore(context.tableOf(seller)).payer();
  if (payer === null) return null;
  const { item, profile, currencyFixed } = payer;
  const tariff =
    profile === null || profile.tariffId === null
      ? null
      : await tariffOf(context.tableOf(operatorOrganization), profile.tariffId, cache);
  return {
    currencyFixed,
    reseller: resellerOf({ item, profile, tariff }, context.clock().getTime(), context.environment),
  };
}

/** Charges the reseller for some calls of a customer, as many in a transaction as it holds, until none is left. */
async function charge(customer: number, ids: readonly string[], desk: Desk, context: WholesaleContext): Promise<void> {
  const { account } = desk.reseller;
  const seller = resellerStore(context.tableOf(account.organization));
  const chain = { organization: customer, seller: account.organization, operator: operatorOrganization };
  for (let left = ids, rest = ids; left.length > 0; left = rest) {
    await context.transact(account.organization, async () => {
      const cdrs = await customerStore(context.tableOf(customer)).uncharged(left.slice(0, readAtOnce));
      rest = left.slice(readAtOnce);
      if (cdrs.length === 0) return [];
      const step = nextStep(cdrs, desk.reseller, await seller.usedBefore(periodsAsked(cdrs, desk.reseller)), chain);
      rest = [...step.left, ...rest];
      const currency = step.charges && !desk.currencyFixed ? (account.profile?.currency ?? null) : null;
      return stepWrites(step, { reseller: account.organization, customer, currency });
    });
  }
}

/** Tells of a balance that has crossed its limits, once. */
async function tellBalance({ account: { organization, profile } }: Reseller, context: WholesaleContext): Promise<void> {
  const store = resellerStore(context.tableOf(organization));
  await context.transact(organization, async () => {
    const change = untoldOf(await store.balance(), profile);
    const record = context.recorderOf(organization);
    return change === null
      ? []
      : [creditStanding(change.noted), ...change.events.map(({ crossing, event }) => record(crossing, event))];
  });
}

async function chargeSeller(customer: number, ids: readonly string[], tools: Tools): Promise<void> {
  const { context } = tools;
  const organization = await customerStore(context.tableOf(customer)).organization();
  const seller = organization?.parent_id ?? operatorOrganization;
  if (!isSoldOn({ organization: customer, seller, operator: operatorOrganization })) return;
  const desk = await openDesk(seller, tools);
  if (desk === null) return;
  await charge(customer, ids, desk, context);
  await tellBalance(desk.reseller, context);
}

/** @param outside what the function touches; tests bring their own */
export const cdrWholesaleHandler = (dependencies = consumerDependencies()) => {
  const cache = priceLists();
  return consume(
    cdrWholesale,
    async (deliveries: readonly Delivery<WholesaleMessage>[], context) => {
      const ends = new Map<number, PromiseSettledResult<void>>();
      // One after the other, as customers of one reseller would wait for its balance.
      for (const [customer, own] of Map.groupBy(deliveries, ({ message }) => message.org_id)) {
        const ids = [...new Set(own.flatMap(({ message }) => message.cdr_ids))];
        const [end] = await Promise.allSettled([chargeSeller(customer, ids, { context, cache })]);
        ends.set(customer, end);
      }
      return deliveries.map(({ message }) => ends.get(message.org_id) ?? { status: 'fulfilled', value: undefined });
    },
    dependencies,
  );
};

export const handler = cdrWholesaleHandler();
