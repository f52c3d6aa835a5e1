import type { CallCommand, CallEvent, CallState, CallStep, Hangup, Side, Transfer, TransferCommand } from './state.ts';
import type { EndReason } from '#sip/session/session.ts';
import { elsewhere, legOfSide, otherSide } from './state.ts';
import { causeNamed, causeOfStatus } from './causes.ts';
import {
  addLeg,
  answerLeg,
  beginHunt,
  cancelHunt,
  failLeg,
  legOf,
  noteSilence,
  redirectLeg,
  type Failure,
  type HuntStep,
} from './hunt.ts';
import { limitTimers } from './limits.ts';
import { second } from '#schema/time.ts';

/**
 * Transfers of answered calls, as values (RFC 5359 §2.4, §2.5): the party of one side stays, that of the other is
 * replaced by a new one. The old parties go on talking until the new one has answered and is joined by its own offer
 * (RFC 3725 §4.3), so that nothing is lost if it does not.
 */

/** What follows from an event. `hangup`: the call ends, as a party is alone and has no one to talk to. */
export type TransferStep<Target> = CallStep<Target> & { readonly hangup?: Hangup };

const step = <Target>(state: CallState<Target>, ...commands: readonly CallCommand<Target>[]): TransferStep<Target> => ({
  state,
  commands,
});

const sideEvents = ['leaving', 'not replaced', 'transfer', 'replace'] as const;

/** The party of a side is to be replaced, is not, or is. */
export type SideEvent<Target> = Extract<CallEvent<Target>, { readonly type: (typeof sideEvents)[number] }>;

export const isSideEvent = <Target>(event: CallEvent<Target>): event is SideEvent<Target> =>
  sideEvents.some((type) => type === event.type);

export function onSideEvent<Target>(state: CallState<Target>, event: SideEvent<Target>): TransferStep<Target> {
  switch (event.type) {
    case 'leaving':
      return step(beginLeave(state, event.side));
    case 'not replaced':
      return onNotReplaced(state, event.failure);
    case 'transfer':
      return beginTransfer(state, event);
    case 'replace':
      return onReplace(state, event);
  }
}

const withSide = <Target>(state: CallState<Target>, side: Side, leg: string | undefined): CallState<Target> =>
  side === 'source' ? { ...state, a: leg ?? '' } : { ...state, b: leg };

/** Whether a party of the call may be replaced now. */
export const mayTransfer = ({ phase, leaving, transfer, a, b }: CallState<unknown>): boolean =>
  phase === 'up' && leaving === undefined && transfer === undefined && a !== '' && b !== undefined;

/** Whether the party of a side may be replaced by whom it leaves for: it may have hung up, and the other one waits. */
export function mayReplace(state: CallState<unknown>, side: Side): boolean {
  const { phase, leaving, transfer } = state;
  if (leaving === undefined) return mayTransfer(state);
  const isWaiting = legOfSide(state, otherSide(side)) !== undefined;
  return phase === 'up' && leaving === side && transfer === undefined && isWaiting;
}

/** The party of a side is to be replaced: it may hang up before it is known by whom. */
const beginLeave = <Target>(state: CallState<Target>, side: Side): CallState<Target> =>
  mayTransfer(state) ? { ...state, leaving: side } : state;

/** The party that was leaving is not replaced: the other one is alone, if it has hung up. */
function onNotReplaced<Target>(state: CallState<Target>, failure: Failure): TransferStep<Target> {
  const { leaving, transfer } = state;
  if (leaving === undefined || transfer !== undefined) return step(state);
  return endIfAlone(step({ ...state, leaving: undefined }), leaving, failure);
}

/** Begins the search for the new party. */
function beginTransfer<Target>(
  state: CallState<Target>,
  { id, side, isReferred, attempts, limit }: Extract<CallEvent<Target>, { type: 'transfer' }>,
): TransferStep<Target> {
  // RFC 3261 §21.4.27: two transfers of one call collide.
  if (!mayReplace(state, side)) return step(state, { type: 'transfer failed', id, side, failure: { status: 491 } });
  const begun = beginHunt('c', attempts, state.transferLegs);
  const transfer = { id, side, isReferred, search: begun.hunt, limit, answered: undefined };
  const [first] = begun.invite;
  const added: CallCommand<Target>[] = first === undefined ? [] : [{ type: 'add leg', side, target: first.target }];
  const next = applyHuntStep(step({ ...state, transfer }, ...added), transfer, begun);
  return begun.failed === undefined ? next : fail(next, transfer, begun.failed);
}

/** Carries out a step of the search. */
function applyHuntStep<Target>(
  { state, commands }: CallStep<Target>,
  transfer: Transfer<Target>,
  { hunt, cancel, invite }: HuntStep<Target>,
  reason: EndReason = {},
): TransferStep<Target> {
  return step(
    { ...state, transfer: { ...transfer, search: hunt }, transferLegs: hunt.count },
    ...commands,
    ...cancel.map(({ id }) => ({ type: 'end' as const, leg: id, reason })),
    ...invite.map((leg) => ({ type: 'invite' as const, leg, sdp: undefined })),
  );
}

/** The old call goes on, unless its party has left. */
function fail<Target>(
  { state, commands }: CallStep<Target>,
  { id, side }: Transfer<Target>,
  failure: Failure,
): TransferStep<Target> {
  const failed = step({ ...state, transfer: undefined }, ...commands, { type: 'transfer failed', id, side, failure });
  // Who has asked for it may try another one.
  return state.leaving === undefined ? endIfAlone(failed, side, failure) : failed;
}

/** The call ends if the party of a side has left, and no one takes its place. */
function endIfAlone<Target>(
  { state, commands }: CallStep<Target>,
  side: Side,
  { status, q850 }: Failure,
): TransferStep<Target> {
  if (legOfSide(state, side) !== undefined) return { state, commands };
  const by = side === 'source' ? 'caller' : 'callee';
  return { state, commands, hangup: { ...causeOfStatus(status, q850), sip_code: status, by } };
}

type LegEvent<Target> = Extract<CallEvent<Target>, { readonly leg: string }>;

/** An event of a leg that a transfer calls, or has called. */
export function onTransferLeg<Target>(state: CallState<Target>, event: LegEvent<Target>): TransferStep<Target> {
  const { transfer } = state;
  const { leg } = event;
  if (transfer !== undefined && legOf(transfer.search, leg)?.isOver === false) return onOpenLeg(state, transfer, event);
  if (event.type === 'end') return onNewPartyEnd(state, leg);
  // A leg that was cancelled may answer at the same time.
  return event.type === 'answer' ? step(state, { type: 'end', leg, reason: {} }) : step(state);
}

function onOpenLeg<Target>(
  state: CallState<Target>,
  transfer: Transfer<Target>,
  event: LegEvent<Target>,
): TransferStep<Target> {
  const { id, side } = transfer;
  switch (event.type) {
    case 'progress':
      return step(state, { type: 'transfer progress', id, side, status: event.status });
    case 'answer':
      return onAnswer(state, transfer, event);
    case 'failure':
      return afterSearchStep(state, transfer, failLeg(transfer.search, event.leg, event.failure));
    case 'redirected': {
      const next = afterSearchStep(state, transfer, redirectLeg(transfer.search, event.leg, event));
      const heard: CallCommand<Target> = { type: 'transfer progress', id, side, status: 181 };
      return event.isForward === true ? { ...next, commands: [...next.commands, heard] } : next;
    }
    case 'silence':
      return afterSearchStep(state, transfer, noteSilence(transfer.search, event.leg, event.isSilent));
    case 'end':
    case 'acknowledge':
      return step(state);
  }
}

/** A phone takes the call, which rings at others for this transfer. */
export const pickUpTransfer = <Target>(
  state: CallState<Target>,
  transfer: Transfer<Target>,
  target: Target,
): TransferStep<Target> =>
  transfer.answered === undefined ? afterSearchStep(state, transfer, addLeg(transfer.search, target)) : step(state);

function afterSearchStep<Target>(
  state: CallState<Target>,
  transfer: Transfer<Target>,
  searched: HuntStep<Target>,
): TransferStep<Target> {
  const next = applyHuntStep(step(state), transfer, searched);
  return searched.failed === undefined ? next : fail(next, transfer, searched.failed);
}

function onAnswer<Target>(
  state: CallState<Target>,
  transfer: Transfer<Target>,
  { leg, sdp, at, limit = transfer.limit }: Extract<CallEvent<Target>, { type: 'answer' }>,
): TransferStep<Target> {
  const kept = legOfSide(state, otherSide(transfer.side));
  const answered = answerLeg(transfer.search, leg);
  const next = applyHuntStep(step(state), transfer, answered, elsewhere);
  if (sdp === undefined || kept === undefined) {
    const ended = step(next.state, ...next.commands, { type: 'end', leg, reason: {} });
    return fail(ended, transfer, { status: 488 });
  }
  const joining = { ...transfer, search: answered.hunt, answered: { leg, at }, limit };
  return step({ ...next.state, transfer: joining }, ...next.commands, { type: 'join', leg: kept, sdp });
}

/** The new party has hung up before the other one was joined to it: both have left the old call. */
function onNewPartyEnd<Target>(state: CallState<Target>, leg: string): TransferStep<Target> {
  const { transfer } = state;
  if (transfer?.answered?.leg !== leg) return step(state);
  const by = transfer.side === 'source' ? 'caller' : 'callee';
  const hangup: Hangup = { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by };
  const { id, side } = transfer;
  const failed: CallCommand<Target> = { type: 'transfer failed', id, side, failure: { status: 487 } };
  return { ...step({ ...state, leaving: undefined, transfer: undefined }, failed), hangup };
}

/** The party that stays has answered the offer of the new one, or has rejected it. */
export function onTransferJoined<Target>(
  state: CallState<Target>,
  transfer: Transfer<Target>,
  outcome: { readonly sdp: string } | { readonly status: number },
): TransferStep<Target> {
  const { answered, id, side, limit, isReferred } = transfer;
  if (answered === undefined) return step(state);
  const { leg, at } = answered;
  if ('status' in outcome)
    return fail(step(state, { type: 'end', leg, reason: {} }), transfer, { status: outcome.status });
  const passed = (at - (state.answeredAt ?? at)) / second;
  return step(
    { ...withSide(state, side, leg), leaving: undefined, transfer: undefined, limit },
    { type: 'acknowledge', leg, sdp: outcome.sdp },
    ...leave<Target>(legOfSide(state, side), { side, isReferred, isReplaced: true }),
    { type: 'transferred', id, side },
    { type: 'clear timers' },
    ...limitTimers(limit, passed),
  );
}

type Leaving = { readonly side: Side; readonly isReferred: boolean; readonly isReplaced: boolean };

/** The party of a leg leaves: one that asked for it hangs up itself (RFC 5359 §2.4). */
function leave<Target>(
  leg: string | undefined,
  { side, isReferred, isReplaced }: Leaving,
): (CallCommand<Target> | TransferCommand<Target>)[] {
  if (leg === undefined) return [];
  return [isReferred ? { type: 'release', leg } : { type: 'end', leg, reason: {} }, { type: 'left', side, isReplaced }];
}

/** Another session has taken the place of a party: by REFER or INVITE with Replaces (RFC 3891). */
function onReplace<Target>(
  state: CallState<Target>,
  { side, by, isReferred }: Extract<CallEvent<Target>, { type: 'replace' }>,
): TransferStep<Target> {
  if (!mayReplace(state, side)) return step(state, { type: 'end', leg: by, reason: {} });
  const leg = legOfSide(state, side);
  const left = { type: 'left', side, isReplaced: false } as const;
  const leaving = leg === undefined ? [left] : leave<Target>(leg, { side, isReferred, isReplaced: false });
  return step({ ...withSide(state, side, by), leaving: undefined }, ...leaving);
}

/**
 * A party hangs up while its side is being replaced: the other one waits for the new party.
 * @returns undefined if it is not this party
 */
export function onReplacedEnd<Target>(state: CallState<Target>, leg: string): TransferStep<Target> | undefined {
  const side = state.transfer?.side ?? state.leaving;
  if (side === undefined || legOfSide(state, side) !== leg) return undefined;
  return step(withSide(state, side, undefined), { type: 'left', side, isReplaced: true });
}

/** The commands that end a transfer together with its call. */
export function abandonTransfer<Target>({ transfer }: CallState<Target>): readonly CallCommand<Target>[] {
  if (transfer === undefined) return [];
  const { id, side, search, answered } = transfer;
  const legs = [...cancelHunt(search).cancel.map((leg) => leg.id), ...(answered === undefined ? [] : [answered.leg])];
  return [
    ...legs.map((leg) => ({ type: 'end' as const, leg, reason: {} })),
    { type: 'transfer failed', id, side, failure: { status: 487 } },
  ];
}
