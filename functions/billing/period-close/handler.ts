import type { WriteName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { AppError } from '#errors.ts';
import { organizationText } from '#schema/values.ts';
import type { Write } from '#dynamodb/write.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import { operatorOrganization, resellerOf } from '#dynamodb/rows/organization.ts';
import { book, readBooking } from '../charging/balance-steps.ts';
import { closingTime, feeBookings, feePayers, feePeriod, minimumBookings, paysFees, servicesAfter } from './closing.ts';
import { feesMessage, periodClose, servicesMessage, type ClosingMessage } from './contract.ts';
import { closingTimer, closingWrite, numbersAfter, periodStore, servicesBehind, tariffOf } from './store.ts';

type CloseContext = BackgroundContext<typeof periodClose>;
type ClosingWrite = Write<WriteName<EffectOf<typeof periodClose>>>;

/** The writes that close a period; a period that is not over yet gets a new timer instead. */
async function decideClosing(
  { org_id: organization, period }: ClosingMessage,
  context: CloseContext,
): Promise<readonly ClosingWrite[]> {
  const store = periodStore(context.tableOf(organization));
  const payer = await store.payer();
  if (payer === null || payer.profile === null || payer.item.status === 'closed' || (await store.isClosed(period)))
    return [];
  const { item, profile } = payer;
  const now = context.clock();
  const { isDue, grace, next } = closingTime({ period, profile }, context.environment, now.getTime());
  const timer = closingTimer(profile, next, grace);
  if (!isDue) return [timer];
  const tariff = await tariffOf(context.tableOf(item.parent_id ?? organization), profile.tariffId);
  const account = { profile, balance: await store.balance() };
  const minimum = minimumBookings({ ...account, period, tariff });
  const { writes } = book(account, minimum, { record: context.recorderOf(organization), now });
  return [closingWrite(period, now.toISOString()), timer, ...writes];
}

/**
 * Charges the fees of one slice of numbers for the period after a closed one to each of their payers, once. @returns
 * the last number of the slice, after which the next slice begins; null if it was the last slice
 */
async function chargeFees(
  { org_id: holder, period: closed, fees_behind: after = '' }: ClosingMessage,
  context: CloseContext,
): Promise<string | null> {
  const currency = (await periodStore(context.tableOf(operatorOrganization)).profile())?.currency;
  let last: string | null = null;
  await context.transact(holder, async () => {
    const slice = await numbersAfter(context.tableOf(holder), holder, after);
    last = slice.last;
    const own = await periodStore(context.tableOf(holder)).payer();
    if (own === null || own.profile === null || own.item.status === 'closed') return [];
    const period = feePeriod(closed, own.profile);
    const writes = await Promise.all(
      feePayers(holder, resellerOf(own.item)).map((payer) =>
        feeWrites(feeBookings(slice.numbers, { holder, payer, period }), payer, { context, currency }),
      ),
    );
    return writes.flat();
  });
  return last;
}

async function feeWrites(
  fees: ReturnType<typeof feeBookings>,
  payer: number,
  { context, currency }: { readonly context: CloseContext; readonly currency: string | undefined },
): Promise<ClosingWrite[]> {
  const table = context.tableOf(payer);
  const profile = await periodStore(table).profile();
  if (fees.length === 0) return [];
  if (!paysFees(profile, currency)) {
    // Activation rejects this. What comes to it in another way must not go unnoticed.
    const problem = `${fees.length} fees of numbers are not in the currency of ${organizationText(payer)}`;
    context.log.fault(new AppError('CURRENCY_MISMATCH', problem), fees[0]?.id ?? '', 'fees were not charged');
    return [];
  }
  const { account, due } = await readBooking(profile, fees, table);
  return book(account, due, { record: context.recorderOf(payer), now: context.clock() }).writes;
}

/**
 * Charges one slice of services for the period after a closed one, each once. @returns the last list of the slice; null
 * if it was the last slice
 */
async function chargeServices(
  { org_id: organization, period: closed, services_behind: after = '' }: ClosingMessage,
  context: CloseContext,
): Promise<string | null> {
  const table = context.tableOf(organization);
  let last: string | null = null;
  await context.transact(organization, async () => {
    const [own, slice] = await Promise.all([periodStore(table).payer(), servicesBehind(table, after)]);
    last = slice.last;
    if (own === null || own.profile === null || own.item.status === 'closed') return [];
    const services = servicesAfter(closed, own.profile, slice.lists);
    return feeWrites(services, organization, { context, currency: own.profile.currency });
  });
  return last;
}

/**
 * Closes a period. Once it is closed, fees and services are charged slice by slice, one message each. A message that
 * arrives twice finds its work done.
 */
async function closePeriod({ message }: Delivery<ClosingMessage>, context: CloseContext): Promise<void> {
  if (message.services_behind !== undefined) {
    const list = await chargeServices(message, context);
    if (list !== null) await context.queues.send('jobs', [servicesMessage(message, list)]);
    return;
  }
  if (message.fees_behind === undefined) {
    await context.transact(message.org_id, () => decideClosing(message, context));
    if (await periodStore(context.tableOf(message.org_id)).isClosed(message.period))
      await context.queues.send('jobs', [feesMessage(message, ''), servicesMessage(message, '')]);
    return;
  }
  const last = await chargeFees(message, context);
  if (last !== null) await context.queues.send('jobs', [feesMessage(message, last)]);
}

/** @param dependencies what the function uses from outside; tests pass their own */
export const periodCloseHandler = (dependencies = consumerDependencies()) =>
  consume(periodClose, settleEach(closePeriod), dependencies);

export const handler = periodCloseHandler();
