import { Contention } from '../../../shared/dynamodb/commit.ts';
import type { Sms } from '../../../shared/schema/sms.ts';
import type { DeliveryContext } from './charge-session.ts';
import {
  changesState,
  eventOf,
  heldUntil,
  hold,
  markExpired,
  markFailed,
  periodOf,
  refusalOf,
  startAttempt,
  stepOf,
  type Step,
} from './delivery.ts';
import { changeWrites, deliveryStore, lineWrite, slotWrite } from './store.ts';

/** Looks at messages and starts what is due: of parallel looks only one starts an attempt. */

/** Decisions about a message while it changes. */
const maxDecisions = 8;

export type Place = { readonly organization: number; readonly context: DeliveryContext };

/** The writes of the next form of a message, with the event of its state. */
export async function nextForm(before: Sms, after: Sms, { organization, context }: Place) {
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
      /** Its place in the line of its sender. */ readonly notBefore?: number;
    }
  | { readonly to: 'charge reseller' }
  | { readonly to: Conclusion; readonly sms: Sms }
  | { readonly to: 'send'; readonly sms: Sms; readonly again: boolean };

export const END: Claim = { to: 'end' };

/** The next form of a message that is due: an attempt, the end, or a wait for the window. */
async function nextOf(before: Sms, { organization, context }: Place): Promise<{ after: Sms; claim: Claim }> {
  const now = context.clock();
  const circumstances = await deliveryStore(context.tableOf(organization)).circumstances(before);
  const refusal = refusalOf(before, circumstances);
  if (refusal !== null) return { after: markFailed(before, now, refusal), claim: END };
  const until = circumstances.organization === undefined ? null : heldUntil(before, circumstances.organization, now);
  if (until !== null) {
    const time = until.getTime() - now.getTime();
    return { after: hold(before, until, now), claim: { to: 'wait', time } };
  }
  const after = startAttempt(before, now);
  return { after, claim: { to: 'send', sms: after, again: before.status === 'sending' } };
}

/** A place in the line of messages whose sender has sent enough in this second. @throws Contention */
async function waitInLine(sms: Sms, { organization, context }: Place): Promise<Claim> {
  for (let decision = 1; decision <= maxDecisions; decision += 1) {
    const now = context.clock();
    for (const begins of [false, true]) {
      const failed = await context.tryCommit(organization, [lineWrite(organization, sms, now, begins)]);
      if (failed.length > 0) continue;
      // Others that joined since are before it now: it tries a little later than its place.
      const notBefore = (await deliveryStore(context.tableOf(organization)).line(sms.from)) ?? now.getTime();
      return { to: 'wait', time: notBefore - now.getTime(), notBefore };
    }
  }
  throw new Contention();
}

/** Commits the next form of a message that is due. Undefined: it changed since it was read. */
async function tryClaim(before: Sms, place: Place): Promise<Claim | undefined> {
  const { organization, context } = place;
  const { after, claim } = await nextOf(before, place);
  const form = await nextForm(before, after, place);
  const paces = claim.to === 'send';
  const writes = paces ? [slotWrite(organization, before, context.clock()), ...form] : form;
  const failed = await context.tryCommit(organization, writes);
  if (failed.length === 0) return claim;
  return paces && failed.every(({ at }) => at === 0) ? waitInLine(before, place) : undefined;
}

/** A step that ends an attempt of before. */
type Conclusion = 'give up' | 'confirm' | 'miss receipt';
const isConclusion = (step: Step): step is Conclusion =>
  step === 'give up' || step === 'confirm' || step === 'miss receipt';

/** Looks at a message, and starts what is due. Of parallel looks only one starts an attempt. */
export async function claimSms(id: string, place: Place): Promise<Claim> {
  const { organization, context } = place;
  for (let decision = 1; decision <= maxDecisions; decision += 1) {
    const before = await deliveryStore(context.tableOf(organization)).sms(id);
    const step = before === undefined ? 'nothing' : stepOf(before, context.clock().getTime());
    if (before === undefined || step === 'nothing') return END;
    if (step === 'charge reseller') return { to: 'charge reseller' };
    if (typeof step === 'number') return { to: 'wait', time: step };
    if (isConclusion(step)) return { to: step, sms: before };
    if (step === 'attempt') {
      const claim = await tryClaim(before, place);
      if (claim !== undefined) return claim;
      continue;
    }
    const form = await nextForm(before, markExpired(before, context.clock()), place);
    if ((await context.tryCommit(organization, form)).length === 0) return END;
  }
  throw new Contention();
}
