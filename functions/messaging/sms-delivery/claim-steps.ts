import type { Sms } from '#schema/sms.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import {
  changesState,
  eventOf,
  heldUntil,
  hold,
  markExpired,
  markFailed,
  periodOf,
  rejectionOf,
  startAttempt,
  stepOf,
  type Step,
} from './delivery.ts';
import { changeWrites, deliveryStore, hasNoSlot, lineWrite, slotWrite } from './store.ts';
import type { smsDelivery } from './contract.ts';

/** Looks at messages and starts what is due: of parallel looks only one starts an attempt. */

export type DeliveryContext = BackgroundContext<typeof smsDelivery>;

export type OrgContext = { readonly organization: number; readonly context: DeliveryContext };

/** The writes that bring a message to its next state, with the event of its state. */
export async function transitionWrites(before: Sms, after: Sms, { organization, context }: OrgContext) {
  const now = context.clock();
  const profile = after.money === 'charged' ? await deliveryStore(context.tableOf(organization)).profile() : null;
  const period = profile === null ? '' : periodOf({ profile }, now.getTime());
  const record = context.recorderOf(organization);
  return [
    ...changeWrites(before, after, { organization, period, now }),
    ...(changesState(before, after) ? [record(`sms.${stateOf(after)}`, eventOf(after))] : []),
  ];
}

/** The states that a delivery enters. */
function stateOf({ status }: Sms): 'queued' | 'sending' | 'sent' | 'failed' | 'expired' {
  if (status === 'delivered' || status === 'cancelled') throw new Error(`a delivery makes no message ${status}`);
  return status;
}

/** The result of a look at a message: what is to be done outside of the transaction. */
export type Claim =
  | { readonly to: 'end' }
  | {
      readonly to: 'wait';
      readonly time: number;
      /** Its turn in the queue of its sender. */ readonly notBefore?: number;
    }
  | { readonly to: 'charge reseller' }
  | { readonly to: Conclusion; readonly sms: Sms }
  | { readonly to: 'send'; readonly sms: Sms; readonly again: boolean };

export const END: Claim = { to: 'end' };

/** The next state of a message that is due: an attempt, the end, or a wait for the window. */
async function nextTransition(
  before: Sms,
  { organization, context }: OrgContext,
): Promise<{ after: Sms; claim: Claim }> {
  const now = context.clock();
  const circumstances = await deliveryStore(context.tableOf(organization)).circumstances(before);
  const rejection = rejectionOf(before, circumstances);
  if (rejection !== null) return { after: markFailed(before, now, rejection), claim: END };
  const until = circumstances.organization === undefined ? null : heldUntil(before, circumstances.organization, now);
  if (until !== null) {
    const time = until.getTime() - now.getTime();
    return { after: hold(before, until, now), claim: { to: 'wait', time } };
  }
  const after = startAttempt(before, now);
  return { after, claim: { to: 'send', sms: after, again: before.status === 'sending' } };
}

/** A turn in the queue of messages whose sender has sent enough in this second. */
async function waitInLine(sms: Sms, { organization, context }: OrgContext): Promise<Claim> {
  const store = deliveryStore(context.tableOf(organization));
  let now = context.clock();
  await context.transact(organization, async () => {
    now = context.clock();
    return [lineWrite(organization, sms, now, await store.line(sms.from))];
  });
  // Others that joined since are before it now: it tries a little later than its turn.
  const notBefore = (await store.line(sms.from)) ?? now.getTime();
  return { to: 'wait', time: notBefore - now.getTime(), notBefore };
}

/** A step that ends an attempt of before. */
type Conclusion = 'give up' | 'confirm' | 'miss receipt';
const isConclusion = (step: Step): step is Conclusion =>
  step === 'give up' || step === 'confirm' || step === 'miss receipt';

/** What is due for a message, and the writes that start it. */
async function lookAt(id: string, orgContext: OrgContext) {
  const { organization, context } = orgContext;
  const before = await deliveryStore(context.tableOf(organization)).sms(id);
  const step = before === undefined ? 'nothing' : stepOf(before, context.clock().getTime());
  const without = (claim: Claim) => ({ claim, writes: [] });
  if (before === undefined || step === 'nothing') return without(END);
  if (step === 'charge reseller') return without({ to: 'charge reseller' });
  if (typeof step === 'number') return without({ to: 'wait', time: step });
  if (isConclusion(step)) return without({ to: step, sms: before });
  if (step === 'expire')
    return { claim: END, writes: await transitionWrites(before, markExpired(before, context.clock()), orgContext) };
  const { after, claim } = await nextTransition(before, orgContext);
  const transition = await transitionWrites(before, after, orgContext);
  const slot = claim.to === 'send' ? [slotWrite(organization, before, context.clock())] : [];
  return { claim, writes: [...slot, ...transition] };
}

/** Looks at a message, and starts what is due. Of parallel looks only one starts an attempt. */
export async function claimSms(id: string, orgContext: OrgContext): Promise<Claim> {
  const { organization, context } = orgContext;
  let claim: Claim = END;
  try {
    await context.transact(organization, async () => {
      const look = await lookAt(id, orgContext);
      ({ claim } = look);
      return look.writes;
    });
    return claim;
  } catch (error) {
    if (claim.to === 'send' && hasNoSlot(error)) return waitInLine(claim.sms, orgContext);
    throw error;
  }
}
