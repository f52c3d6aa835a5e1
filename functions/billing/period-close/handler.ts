import type { WriteName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import { consume, consumerDependencies, each, type Delivery } from '../../../shared/queue/consume.ts';
import { operatorOrganization, resellerOf } from '../../../shared/dynamodb/rows/organization.ts';
import { bookingsOf, charge, closingTime, feePeriod, feesOf, isCharged, unbooked } from './closing.ts';
import { feesMessage, periodClose, type ClosingMessage } from './contract.ts';
import { bookingFees, closeLater, closingWrites, numbersBehind, payerStore, periodStore, tariffOf } from './store.ts';

type CloseContext = BackgroundContext<typeof periodClose>;
type Written = Write<WriteName<EffectOf<typeof periodClose>>>;

/** What closes a period that is open and over; of one that is not over yet, that it is closed then. */
async function decide(
  { org_id: organization, period }: ClosingMessage,
  context: CloseContext,
): Promise<readonly Written[]> {
  const store = periodStore(context.tableOf(organization));
  const payer = await store.payer();
  if (payer === null || payer.profile === null || payer.item.status === 'closed' || (await store.isClosed(period)))
    return [];
  const { item, profile } = payer;
  const now = context.clock();
  const { isDue, grace, next } = closingTime({ period, profile }, context.environment, now.getTime());
  const later = closeLater(profile, next, grace);
  if (!isDue) return [later];
  const tariff = await tariffOf(context.tableOf(item.parent_id ?? organization), profile.tariffId);
  const { entries, standingChange, events } = bookingsOf(
    { period, profile, tariff, balance: await store.balance() },
    now.toISOString(),
  );
  const record = context.recorderOf(organization);
  return [
    ...closingWrites({ period, at: now.toISOString(), entries, standingChange }),
    later,
    ...(entries.length === 0 ? [] : events.map(({ crossing, event }) => record(crossing, event))),
  ];
}

/** Who pays the fees of an organization's numbers: itself, and its seller when that is a reseller. */
const payersOf = (organization: number, reseller: number | null): number[] => [
  organization,
  ...(reseller === null ? [] : [reseller]),
];

/**
 * Charges the fees of some numbers for the period behind a closed one, to all who pay them, each once. @returns the
 * number behind which to go on; null: there are no more
 */
async function chargeFees(
  { org_id: holder, period: closed, fees_behind: behind = '' }: ClosingMessage,
  context: CloseContext,
): Promise<string | null> {
  const currency = (await payerStore(context.tableOf(operatorOrganization)).profile())?.currency;
  let further: string | null = null;
  await context.transact(holder, async () => {
    const found = await numbersBehind(context.tableOf(holder), holder, behind);
    further = found.further;
    const own = await periodStore(context.tableOf(holder)).payer();
    if (own === null || own.profile === null || own.item.status === 'closed' || !isCharged(own.profile, currency))
      return [];
    const period = feePeriod(closed, own.profile);
    const charged = await Promise.all(
      payersOf(holder, resellerOf(own.item)).map((payer) =>
        feesWrites(feesOf(found.numbers, { holder, payer, period }), payer, { context, currency }),
      ),
    );
    return charged.flat();
  });
  return further;
}

async function feesWrites(
  fees: ReturnType<typeof feesOf>,
  organization: number,
  { context, currency }: { readonly context: CloseContext; readonly currency: string | undefined },
): Promise<Written[]> {
  const store = payerStore(context.tableOf(organization));
  const profile = await store.profile();
  if (fees.length === 0 || !isCharged(profile, currency)) return [];
  const bookings = unbooked(fees, await store.present(fees.map(({ id }) => id)));
  const booked = charge({ profile, balance: await store.balance() }, bookings, context.clock().toISOString());
  const record = context.recorderOf(organization);
  return [
    ...bookingFees(organization, booked),
    ...(bookings.length === 0 ? [] : booked.events.map(({ crossing, event }) => record(crossing, event))),
  ];
}

/** Closes a period; once it is closed, fees are charged message by message. What comes twice finds done what was. */
async function close({ message }: Delivery<ClosingMessage>, context: CloseContext): Promise<void> {
  if (message.fees_behind === undefined) {
    await context.transact(message.org_id, () => decide(message, context));
    if (await periodStore(context.tableOf(message.org_id)).isClosed(message.period))
      await context.queues.send('period-close', [feesMessage(message, '')]);
    return;
  }
  const further = await chargeFees(message, context);
  if (further !== null) await context.queues.send('period-close', [feesMessage(message, further)]);
}

/** @param outside what the function touches; tests bring their own */
export const periodCloseHandler = (dependencies = consumerDependencies()) =>
  consume(periodClose, each(close), dependencies);

export const handler = periodCloseHandler();
