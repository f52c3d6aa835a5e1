import { operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import { consume, consumerDependencies, type Delivery } from '../../../shared/queue/consume.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { cdrWholesale, type WholesaleMessage } from './contract.ts';
import { customerStore, resellerStore, standingWrite, stepWrites, tariffOf } from './store.ts';
import {
  isChargedToReseller,
  nextStep,
  periodsToRead,
  priceLists,
  resellerOf,
  standingChangeOf,
  type Reseller,
} from './wholesale.ts';

type WholesaleContext = BackgroundContext<typeof cdrWholesale>;
type Tools = { readonly context: WholesaleContext; readonly cache: TariffCache };

/** Keys of one BatchGetItem (DynamoDB's limit). */
const maxKeys = 100;

/** A reseller while calls of its customers are charged to it. */
type ResellerSession = { readonly reseller: Reseller; readonly currencyFixed: boolean };

/** Opens the account of a reseller; null if there is no such organization. */
async function openSession(seller: number, { context, cache }: Tools): Promise<ResellerSession | null> {
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

/** Charges the reseller for calls of a customer, in transactions of as many calls as fit. */
async function chargeCalls(
  customer: number,
  ids: readonly string[],
  { reseller, currencyFixed }: ResellerSession,
  context: WholesaleContext,
): Promise<void> {
  const { account } = reseller;
  const seller = resellerStore(context.tableOf(account.organization));
  const chain = { organization: customer, seller: account.organization, operator: operatorOrganization };
  for (let remaining = ids, next = ids; remaining.length > 0; remaining = next) {
    await context.transact(account.organization, async () => {
      const cdrs = await customerStore(context.tableOf(customer)).uncharged(remaining.slice(0, maxKeys));
      next = remaining.slice(maxKeys);
      if (cdrs.length === 0) return [];
      const step = nextStep(cdrs, reseller, await seller.usage(periodsToRead(cdrs, reseller)), chain);
      next = [...step.remaining, ...next];
      const currency = step.changesBalance && !currencyFixed ? (account.profile?.currency ?? null) : null;
      return stepWrites(step, { reseller: account.organization, customer, currency });
    });
  }
}

/** Records an event if the reseller's balance has crossed one of its limits, once for each crossing. */
async function reportBalance(
  { account: { organization, profile } }: Reseller,
  context: WholesaleContext,
): Promise<void> {
  const store = resellerStore(context.tableOf(organization));
  await context.transact(organization, async () => {
    const change = standingChangeOf(await store.balance(), profile);
    const record = context.recorderOf(organization);
    return change === null
      ? []
      : [standingWrite(change.stored), ...change.events.map(({ crossing, event }) => record(crossing, event))];
  });
}

async function chargeReseller(customer: number, ids: readonly string[], tools: Tools): Promise<void> {
  const { context } = tools;
  const organization = await customerStore(context.tableOf(customer)).organization();
  const seller = organization?.parent_id ?? operatorOrganization;
  if (!isChargedToReseller({ organization: customer, seller, operator: operatorOrganization })) return;
  const session = await openSession(seller, tools);
  if (session === null) return;
  await chargeCalls(customer, ids, session, context);
  await reportBalance(session.reseller, context);
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const cdrWholesaleHandler = (dependencies = consumerDependencies()) => {
  const cache = priceLists();
  return consume(
    cdrWholesale,
    async (deliveries: readonly Delivery<WholesaleMessage>[], context) => {
      const results = new Map<number, PromiseSettledResult<void>>();
      // One after the other, because customers of one reseller would wait for its balance.
      for (const [customer, own] of Map.groupBy(deliveries, ({ message }) => message.org_id)) {
        const ids = [...new Set(own.flatMap(({ message }) => message.cdr_ids))];
        const [result] = await Promise.allSettled([chargeReseller(customer, ids, { context, cache })]);
        results.set(customer, result);
      }
      return deliveries.map(({ message }) => results.get(message.org_id) ?? { status: 'fulfilled', value: undefined });
    },
    dependencies,
  );
};

export const handler = cdrWholesaleHandler();
