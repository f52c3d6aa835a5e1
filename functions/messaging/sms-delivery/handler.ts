import { setTimeout as pause } from 'node:timers/promises';
import { smsHandedOverAgain } from '#contract/log-messages.ts';
import {
  AbandonedMessage,
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import { newBrake, windowsOfStore, type Brake } from '#limits/brake.ts';
import type { Sms } from '#schema/sms.ts';
import { second } from '#schema/time.ts';
import { smsProviderFromEnvironment } from '#sms/providers.ts';
import { PermanentFault, TemporaryFault } from '#sms/provider.ts';
import { reportBalance } from '../../billing/charging/balance-steps.ts';
import { expandBatch, textingOf } from '../sms/acceptance-steps.ts';
import { announceBySms, isVoicemail } from '../sms/notice-steps.ts';
import { claimSms, END, transitionWrites, type Claim, type DeliveryContext, type OrgContext } from './claim-steps.ts';
import { smsDelivery, smsMessage, type SmsMessage } from './contract.ts';
import {
  awaitReceipt,
  carrierOptOut,
  markFailed,
  markSent,
  missReceipt,
  postpone,
  retryLater,
  unavailable,
  wholesalePrice,
  withWholesale,
} from './delivery.ts';
import { deliveryStore, longestDelay, optOutWrites, readReseller, updateWrite, wholesaleWrites } from './store.ts';

type Braked = { readonly brake: Brake };
type BrakedContext = OrgContext & { readonly context: Braked };

/** Stores the messages of a batch. */
async function expand(id: string, { organization, context }: OrgContext): Promise<void> {
  const table = context.tableOf(organization);
  const batch = await deliveryStore(table).batch(id);
  if (batch === undefined) return;
  await expandBatch(batch, {
    organization,
    table,
    record: context.recorderOf(organization),
    now: context.clock(),
    transact: (decide) => context.transact(organization, decide),
  });
}

/** Files that the recipient of a message is in an opt-out list of the provider. */
const fileOptOut = (sms: Sms, { organization, context }: OrgContext): Promise<void> =>
  context.transact(organization, async () => {
    const change = carrierOptOut(sms, await deliveryStore(context.tableOf(organization)).optOut(sms.to));
    if (change === undefined) return [];
    const { event } = change;
    return [optOutWrites(change), ...(event === null ? [] : [context.recorderOf(organization)('sms.optout', event)])];
  });

/** Hands a message over. @returns its next state */
async function handOver(sms: Sms, hasReseller: boolean, { organization, context }: OrgContext): Promise<Sms> {
  const { id, from, to, message: text, encoding, segments, category } = sms;
  try {
    const message = { organization, id, from, to, text, encoding, segments, category };
    const { provider_message_id } = await context.sms.send(message);
    return markSent(sms, context.clock(), { provider: context.sms.name, provider_message_id, hasReseller });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    context.log.note('the provider did not accept an SMS', { message_id: id, attempt: sms.attempts, problem });
    if (error instanceof PermanentFault) {
      const after = markFailed(sms, context.clock(), { code: error.code, message: problem });
      if (error.isOptOut) await fileOptOut(after, { organization, context });
      return after;
    }
    if (error instanceof TemporaryFault) return retryLater(sms, context.clock(), { problem, chance: context.random() });
    return awaitReceipt(sms, context.clock(), problem);
  }
}

/** Milliseconds for which the result of an attempt is tried to be stored, and between two tries. */
const storing = { time: 8 * second, pause: 200 };

/** Stores the result of an attempt, unless another one has started since. */
async function conclude(before: Sms, after: Sms, orgContext: OrgContext): Promise<void> {
  const { organization, context } = orgContext;
  const store = deliveryStore(context.tableOf(organization));
  const save = () =>
    context.transact(organization, async () => {
      const current = await store.sms(before.id);
      return current?.version === before.version ? transitionWrites(before, after, orgContext) : [];
    });
  const end = Date.now() + storing.time;
  for (;;) {
    try {
      await save();
      return;
    } catch (error) {
      // What is not stored is handed over again.
      if (Date.now() > end) throw error;
      await pause(storing.pause);
    }
  }
}

/** The writes that charge a reseller for a message, or find that it has no account. */
async function decideCharge(sms: Sms, reseller: number | null, { tableOf, clock, environment }: DeliveryContext) {
  const now = clock();
  const account = reseller === null ? null : await readReseller(tableOf, reseller, now.getTime());
  if (reseller === null || account === null) return [updateWrite(sms, withWholesale(sms, 'none'))];
  const price = wholesalePrice(sms, account, environment, now.getTime());
  const { tariff, currencyFixed } = account;
  return [
    updateWrite(sms, withWholesale(sms, price)),
    ...wholesaleWrites(
      reseller,
      { price, segments: sms.segments },
      {
        period: price.period,
        day: now.toISOString().slice(0, 10),
        includedOf: tariff?.included_sms ?? 0,
        currencyFixed,
      },
    ),
  ];
}

/** Charges the reseller for a message, once: in the transaction that says so in the message. */
async function chargeReseller(organization: number, id: string, context: DeliveryContext): Promise<void> {
  const store = deliveryStore(context.tableOf(organization));
  const reseller = await store.reseller();
  await context.transact(organization, async () => {
    const sms = await store.sms(id);
    return sms?.wholesale === 'due' ? decideCharge(sms, reseller, context) : [];
  });
  if (reseller !== null) await reportBalance(reseller, context);
}

/** What follows a result that is stored. */
async function followUp(after: Sms, { organization, context }: OrgContext): Promise<void> {
  if (after.status === 'sent') {
    await reportBalance(organization, context);
    if (after.wholesale === 'due') await chargeReseller(organization, after.id, context);
  }
  if (after.status === 'failed' && after.error?.code === unavailable)
    throw new AbandonedMessage(unavailable, after.error.message);
}

/** One attempt at the provider, and its result. */
async function attempt(
  { sms, again }: { readonly sms: Sms; readonly again: boolean },
  orgContext: BrakedContext,
): Promise<Claim> {
  const { organization, context } = orgContext;
  const wait = again ? 0 : (await context.brake('sms', { organization, target: sms.to }, context.clock())) * second;
  if (wait > 0) {
    await conclude(sms, postpone(sms, wait, context.clock()), orgContext);
    return { to: 'wait', time: wait };
  }
  if (again) context.log.note(smsHandedOverAgain, { message_id: sms.id, attempt: sms.attempts });
  const hasReseller = (await deliveryStore(context.tableOf(organization)).reseller()) !== null;
  const after = await handOver(sms, hasReseller, orgContext);
  await end(sms, after, orgContext);
  return after.confirmation === undefined ? END : { to: 'wait', time: after.next_at - context.clock().getTime() };
}

/** Stores the result of an attempt, and does what follows. */
async function end(before: Sms, after: Sms, orgContext: OrgContext): Promise<void> {
  await conclude(before, after, orgContext);
  await followUp(after, orgContext);
}

const giveUp = (sms: Sms, orgContext: OrgContext): Promise<void> =>
  end(
    sms,
    markFailed(sms, orgContext.context.clock(), { code: unavailable, message: 'the last attempt broke off' }),
    orgContext,
  );

/** Marks a message as sent, as a receipt says that the provider accepted it. */
async function confirm(sms: Sms, orgContext: OrgContext): Promise<void> {
  const { organization, context } = orgContext;
  if (typeof sms.confirmation !== 'object') return;
  const hasReseller = (await deliveryStore(context.tableOf(organization)).reseller()) !== null;
  await end(sms, markSent(sms, context.clock(), { ...sms.confirmation, hasReseller }), orgContext);
}

const isBatch = (id: string): boolean => id.startsWith('batch_');
const isAnnounced = (id: string): boolean => isVoicemail(id) || id.startsWith('evt_');

const announce = (id: string, { organization, context }: OrgContext): Promise<void> =>
  announceBySms(
    id,
    (decide) => context.transact(organization, decide),
    () => textingOf(organization, context),
  );

/** Looks at a message and does what is due. */
async function advance(id: string, orgContext: BrakedContext): Promise<Claim> {
  const claim = await claimSms(id, orgContext);
  if (claim.to === 'send') return attempt(claim, orgContext);
  if (claim.to === 'charge reseller') await chargeReseller(orgContext.organization, id, orgContext.context);
  if (claim.to === 'give up') await giveUp(claim.sms, orgContext);
  if (claim.to === 'confirm') await confirm(claim.sms, orgContext);
  if (claim.to === 'miss receipt') await end(claim.sms, missReceipt(claim.sms, orgContext.context.clock()), orgContext);
  return claim;
}

async function deliver({ message }: Delivery<SmsMessage>, context: DeliveryContext & Braked): Promise<void> {
  const { org_id: organization, id, not_before: known = 0 } = message;
  const orgContext = { organization, context };
  const early = known - context.clock().getTime();
  if (early > 0) return context.queues.send('sms-send', [smsMessage(message, early, known)]);
  if (isBatch(id)) return expand(id, orgContext);
  if (isAnnounced(id)) return announce(id, orgContext);
  const next = await advance(id, orgContext);
  if (next.to !== 'wait') return;
  // A pointer wakes messages that wait longer than the queue can, but for those in the queue of their sender.
  if (next.notBefore !== undefined || next.time <= longestDelay)
    await context.queues.send('sms-send', [smsMessage(message, next.time, next.notBefore)]);
}

export const smsDeliveryHandler = (
  dependencies: ConsumerDependencies = { ...consumerDependencies(), sms: smsProviderFromEnvironment() },
) => {
  const brake = newBrake(windowsOfStore(dependencies.store));
  return consume(
    smsDelivery,
    settleEach((received, context) => deliver(received, { ...context, brake })),
    dependencies,
  );
};

export const handler = smsDeliveryHandler();
