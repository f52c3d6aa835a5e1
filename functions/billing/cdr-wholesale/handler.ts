import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { consume, consumerDependencies, type Delivery } from '#runtime/consume.ts';
import { AppError } from '#errors.ts';
import { learnedPace, takeWithin, type Pace } from '#queue/work-budget.ts';
import { second } from '#schema/time.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { reportBalance } from '../charging/balance-steps.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { unratedWrites } from '../cdr-ingest/unrated-steps.ts';
import { wholesaleMessages, type WholesaleMessage } from '../schema/wholesale-message.ts';
import { cdrWholesale } from './contract.ts';
import { customerStore, resellerStore, stepWrites, tariffOf } from './store.ts';
import {
  isChargedToReseller,
  nextStep,
  periodsToRead,
  newTariffCache,
  resellerOf,
  type Reseller,
} from './wholesale.ts';

type WholesaleContext = BackgroundContext<typeof cdrWholesale>;
type Tools = {
  readonly context: WholesaleContext;
  readonly cache: TariffCache;
  /** Unix milliseconds. No transaction begins later. */
  readonly deadline: number;
};

/** Milliseconds before the time-out after which no transaction begins, so that what follows them is in time. */
const safetyMargin = 1.5 * second;

/** Keys of one BatchGetItem (DynamoDB's limit). */
const maxKeys = 100;

/** A reseller while calls of its customers are charged to it. */
type ResellerAccount = { readonly reseller: Reseller; readonly currencyFixed: boolean };

/** Opens the account of a reseller; null if there is no such organization. */
async function readReseller(seller: number, { context, cache }: Tools): Promise<ResellerAccount | null> {
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

/**
 * Charges the reseller for calls of a customer, in transactions of as many calls as fit.
 * @returns the calls for which no time was left
 */
async function chargeCalls(
  customer: number,
  ids: readonly string[],
  { reseller, currencyFixed }: ResellerAccount,
  { context, deadline }: Tools,
): Promise<readonly string[]> {
  const { account } = reseller;
  const seller = resellerStore(context.tableOf(account.organization));
  const chain = { organization: customer, seller: account.organization, operator: operatorOrganization };
  for (let remaining = ids, next = ids; remaining.length > 0; remaining = next) {
    if (context.clock().getTime() > deadline) return remaining;
    await context.transact(account.organization, async () => {
      const cdrs = await customerStore(context.tableOf(customer)).uncharged(remaining.slice(0, maxKeys));
      next = remaining.slice(maxKeys);
      if (cdrs.length === 0) return [];
      const step = nextStep(cdrs, reseller, await seller.usage(periodsToRead(cdrs, reseller)), chain);
      next = [...step.remaining, ...next];
      const currency = step.changesBalance && !currencyFixed ? (account.profile?.currency ?? null) : null;
      const after = step.charges.map((charge) => charge.after);
      return [
        ...stepWrites(step, { reseller: account.organization, customer, currency }),
        ...(await unratedWrites(context, { organization: account.organization, price: 'wholesale' }, after)),
      ];
    });
  }
  return [];
}

/** @returns the calls for which no time was left */
async function chargeReseller(customer: number, ids: readonly string[], tools: Tools): Promise<readonly string[]> {
  const { context } = tools;
  const organization = await customerStore(context.tableOf(customer)).organization();
  const seller = organization?.parent_id ?? operatorOrganization;
  if (!isChargedToReseller({ organization: customer, seller, operator: operatorOrganization })) return [];
  const payer = await readReseller(seller, tools);
  if (payer === null) return [];
  const left = await chargeCalls(customer, ids, payer, tools);
  // Without progress more time does not help: the messages count their receives.
  if (left.length === ids.length) throw new AppError('UNAVAILABLE', 'No call could be charged in this run');
  await reportBalance(seller, context);
  return left;
}

type WholesaleDelivery = Delivery<WholesaleMessage>;

/** Charges calls of one customer. Those for which no time is left go to the back of the queue. */
async function chargeOrRequeue(customer: number, own: readonly WholesaleDelivery[], tools: Tools): Promise<number> {
  const ids = [...new Set(own.flatMap(({ message }) => message.cdr_ids))];
  const left = await chargeReseller(customer, ids, tools);
  await tools.context.queues.send('cdr-wholesale', wholesaleMessages(customer, left));
  return ids.length - left.length;
}

/** Takes what the run can finish, and requeues the rest before. Charging a call twice changes nothing. */
async function chargeAll(
  deliveries: readonly WholesaleDelivery[],
  { pace, ...tools }: Tools & { readonly pace: Pace },
) {
  const { context, deadline } = tools;
  const now = (): number => context.clock().getTime();
  const messages = deliveries.map((delivery) => ({
    delivery,
    items: delivery.message.cdr_ids.length,
    group: String(delivery.message.org_id),
  }));
  const { taken, rest } = takeWithin(messages, { ofRun: pace.itemsIn(deadline - now()), ofGroup: Infinity });
  const [requeued] = await Promise.allSettled([
    context.queues.send(
      'cdr-wholesale',
      rest.flatMap(({ delivery: { message } }) => wholesaleMessages(message.org_id, message.cdr_ids)),
    ),
  ]);
  const results = new Map<string, PromiseSettledResult<unknown>>(rest.map(({ delivery }) => [delivery.id, requeued]));
  const began = now();
  let charged = 0;
  // One after the other, because customers of one reseller would wait for its balance.
  for (const [customer, own] of Map.groupBy(
    taken.map(({ delivery }) => delivery),
    ({ message }) => message.org_id,
  )) {
    const [result] = await Promise.allSettled([chargeOrRequeue(customer, own, tools)]);
    for (const { id } of own) results.set(id, result);
    if (result.status === 'fulfilled') charged += result.value;
  }
  pace.learn(charged, now() - began);
  return deliveries.map(({ id }) => results.get(id) ?? { status: 'fulfilled' as const, value: undefined });
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const cdrWholesaleHandler = (dependencies = consumerDependencies()) => {
  const cache = newTariffCache();
  const pace = learnedPace();
  return consume(
    cdrWholesale,
    (deliveries, context, { end }) => chargeAll(deliveries, { context, cache, pace, deadline: end - safetyMargin }),
    dependencies,
  );
};

export const handler = cdrWholesaleHandler();
