import { causeNamed, causeOf, causeOfFailure, causeOfStatus, statusOfHangup, type Cause } from './causes.ts';
import type { EndReason } from '#sip/session/session.ts';
import {
  elsewhere,
  type CallCommand,
  type CallEvent,
  type CallState,
  type CallStep,
  type Hangup,
  type LegFailure,
} from './state.ts';
import { second } from '#schema/time.ts';
import {
  addLeg,
  answerLeg,
  beginHunt,
  cancelHunt,
  failLeg,
  legOf,
  noteSilence,
  redirectLeg,
  type Hunt,
  type PassedAnswer,
  type HuntStep,
} from './hunt.ts';
import { limitTimers } from './limits.ts';
import {
  abandonTransfer,
  isSideEvent,
  onReplacedEnd,
  onSideEvent,
  onTransferJoined,
  onTransferLeg,
  pickUpTransfer,
  type SideEvent,
  type TransferStep,
} from './transfer.ts';

/**
 * A call as a value: it turns events of its legs into commands, without socket, clock or store
 * (functions/sip-sidecar/calls/README.md). Leg `a` is the caller, legs `b…` are its targets. A call of the API finds
 * its caller by a search too, whose legs are `a1`, `a2`, …. Legs `c…` are called by transfers (`transfer.ts`).
 */

/** A call before its decision. @param offer of the INVITE of a phone or trunk */
export const newCall = <Target>(isIncoming: boolean, offer?: string): CallState<Target> => ({
  phase: 'deciding',
  isIncoming,
  offer,
  planned: [],
  source: undefined,
  destination: undefined,
  a: isIncoming ? 'a' : '',
  b: undefined,
  status: 'created',
  limit: { seconds: null, isReserved: false },
  answeredAt: undefined,
  leaving: undefined,
  transfer: undefined,
  transferLegs: 0,
});

/** The legs of a call that another task has answered. */
export const acceptedLegs = { source: 'a', destination: 'b' } as const;

/** A call that another task has answered. Its limit is set when it is known how much time is left. */
export const acceptedCall = <Target>({
  isIncoming,
  answeredAt,
  limit,
  transferLegs,
}: Pick<CallState<Target>, 'isIncoming' | 'limit' | 'transferLegs'> & {
  readonly answeredAt: number;
}): CallState<Target> => ({
  ...newCall<Target>(isIncoming),
  phase: 'up',
  a: acceptedLegs.source,
  b: acceptedLegs.destination,
  status: 'answered',
  answeredAt,
  limit: { ...limit, seconds: limit.seconds === null ? null : 0 },
  transferLegs,
});

/** The call after an event, and what to do then. Events that the phase does not expect change nothing. */
export function nextCall<Target>(state: CallState<Target>, event: CallEvent<Target>): CallStep<Target> {
  if (state.phase === 'over') return { state, commands: [] };
  if ('leg' in event) return onLegEvent(state, event);
  if (isSideEvent(event)) return applyTransferStep(onSideEvent(state, event));
  return event.type === 'pick up' ? onPickUp(state, event) : onCallEvent(state, event);
}

type PickUp<Target> = Extract<CallEvent<Target>, { readonly type: 'pick up' }>;
type LegEvent<Target> = Extract<CallEvent<Target>, { readonly leg: string }>;

function onLegEvent<Target>(state: CallState<Target>, event: LegEvent<Target>): CallStep<Target> {
  const isOfTransfer = event.leg.startsWith('c') && event.leg !== state.a && event.leg !== state.b;
  if (isOfTransfer) return applyTransferStep(onTransferLeg(state, event));
  switch (event.type) {
    case 'progress':
      return onProgress(state, event);
    case 'answer':
      return onAnswer(state, event);
    case 'acknowledge':
      return onAcknowledge(state, event);
    case 'failure':
      return onFailure(state, event);
    case 'redirected':
      return onRedirected(state, event);
    case 'silence':
      return onSilence(state, event);
    case 'end':
      return onEnd(state, event);
  }
}

const onPartiesJoined = <Target>(
  state: CallState<Target>,
  outcome: Extract<CallEvent<Target>, { type: 'joined' }>['outcome'],
): CallStep<Target> =>
  state.transfer === undefined
    ? onJoined(state, outcome)
    : applyTransferStep(onTransferJoined(state, state.transfer, outcome));

function onCallEvent<Target>(
  state: CallState<Target>,
  event: Exclude<CallEvent<Target>, LegEvent<Target> | SideEvent<Target> | PickUp<Target>>,
): CallStep<Target> {
  switch (event.type) {
    case 'routed':
      return callDestination(withStatus({ ...state, limit: event.limit }, 'trying'), event.attempts);
    case 'placed':
      return callSource(state, event);
    case 'rejected':
      return finish(state, { ...event.cause, sip_code: event.status, by: 'system' }, { passes: event.passes });
    case 'joined':
      return onPartiesJoined(state, event.outcome);
    case 'hang up':
      return onHangUp(state, event);
    case 'lost':
      return onLost(state, event);
    case 'limit':
      return finish(state, { ...causeNamed('MAX_DURATION'), sip_code: null, by: 'system' });
    case 'renewal':
      return { state, commands: [{ type: 'renew' }] };
    case 'renewed':
      return onRenewed(state, event);
  }
}

/** A step of a transfer, after which the call may have to end. */
const applyTransferStep = <Target>({ hangup, ...step }: TransferStep<Target>): CallStep<Target> =>
  hangup === undefined ? step : finishAfter(step, hangup);

const unchanged = <Target>(state: CallState<Target>): CallStep<Target> => ({ state, commands: [] });

const withCommands = <Target>(
  { state, commands }: CallStep<Target>,
  ...more: readonly CallCommand<Target>[]
): CallStep<Target> => ({ state, commands: [...commands, ...more] });

const withStatus = <Target>(
  state: CallState<Target>,
  status: Extract<CallCommand<never>, { type: 'status' }>['status'],
): CallStep<Target> =>
  state.status === status ? unchanged(state) : { state: { ...state, status }, commands: [{ type: 'status', status }] };

function callDestination<Target>(
  { state, commands }: CallStep<Target>,
  attempts: readonly (readonly Target[])[],
): CallStep<Target> {
  const step = beginHunt('b', attempts);
  const next = { ...state, phase: 'calling' as const, destination: step.hunt };
  return endIfFailed(applyHuntStep({ state: next, commands }, step), step, 'callee');
}

function callSource<Target>(
  state: CallState<Target>,
  { source, destination, limit }: Extract<CallEvent<Target>, { type: 'placed' }>,
): CallStep<Target> {
  const step = beginHunt('a', source);
  const { state: next, commands } = withStatus({ ...state, limit, planned: destination }, 'trying');
  return endIfFailed(
    applyHuntStep({ state: { ...next, phase: 'calling source', source: step.hunt }, commands }, step),
    step,
    'caller',
  );
}

/** Ends the call if a search has failed as it began: there is no phone to be called. */
const endIfFailed = <Target>(
  begun: CallStep<Target>,
  { failed }: HuntStep<Target>,
  by: Hangup['by'],
): CallStep<Target> =>
  failed === undefined
    ? begun
    : finishAfter(
        begun,
        { ...causeOfFailure(failed), ...textOf(failed), sip_code: failed.status, by },
        { passes: failed.passes },
      );

const textOf = ({ text }: Pick<LegFailure, 'text'>): Pick<Hangup, 'text'> => (text === undefined ? {} : { text });

/** Carries out a step of a search: cancels and invites. */
const applyHuntStep = <Target>(
  { state, commands }: CallStep<Target>,
  step: HuntStep<Target>,
  reason: EndReason = {},
): CallStep<Target> =>
  withCommands(
    { state, commands },
    ...step.cancel.map(({ id }) => ({ type: 'end' as const, leg: id, reason })),
    // The caller of a call of the API is offered nothing: both sides make their own offers (RFC 3725 §4.3).
    ...step.invite.map((leg) => ({ type: 'invite' as const, leg, sdp: state.offer })),
  );

function onProgress<Target>(
  state: CallState<Target>,
  { leg, status, sdp }: Extract<CallEvent<Target>, { type: 'progress' }>,
): CallStep<Target> {
  const { phase, destination, isIncoming } = state;
  if (phase !== 'calling' || destination === undefined || legOf(destination, leg)?.isOver !== false)
    return unchanged(state);
  // Early media of one of several phones would hide that the others ring.
  const early = destination.legs.length === 1 ? sdp : undefined;
  const next = withStatus(state, statusOfProgress(status, early));
  return isIncoming ? withCommands(next, { type: 'progress', status, sdp: early }) : next;
}

/** 180 rings; a session description is early media; all else is progress. */
function statusOfProgress(status: number, sdp: string | undefined): 'ringing' | 'early' | 'progress' {
  if (status === 180) return 'ringing';
  return sdp === undefined ? 'progress' : 'early';
}

function onAnswer<Target>(
  state: CallState<Target>,
  event: Extract<CallEvent<Target>, { type: 'answer' }>,
): CallStep<Target> {
  const { leg, sdp, at, limit = state.limit } = event;
  const hunt = searchOf(state);
  // A leg that was cancelled may answer at the same time.
  if (hunt === undefined || legOf(hunt, leg)?.isOver !== false)
    return withCommands(unchanged(state), { type: 'end', leg, reason: {} });
  const step = answerLeg(hunt, leg);
  return state.phase === 'calling source'
    ? onSourceAnswer(
        applyHuntStep({ state: { ...state, source: step.hunt, a: leg }, commands: [] }, step, elsewhere),
        sdp,
      )
    : onDestinationAnswer(
        applyHuntStep(
          { state: { ...state, destination: step.hunt, b: leg, answeredAt: at, limit }, commands: [] },
          step,
          elsewhere,
        ),
        sdp,
      );
}

/** RFC 3725 §4.3, Flow III: the source is held without media until the destination has answered. */
function onSourceAnswer<Target>(step: CallStep<Target>, sdp: string | undefined): CallStep<Target> {
  const { state } = step;
  if (sdp === undefined) return finishAfter(step, { ...causeOfStatus(488), sip_code: 488, by: 'caller' });
  return callDestination(
    withCommands(step, { type: 'acknowledge', leg: state.a, sdp: { inactive: sdp } }),
    state.planned,
  );
}

/** The destination is charged from its answer on, so the call is answered, although the parties are not joined yet. */
function onDestinationAnswer<Target>(step: CallStep<Target>, sdp: string | undefined): CallStep<Target> {
  const { state } = step;
  if (sdp === undefined) return finishAfter(step, { ...causeOfStatus(488), sip_code: 488, by: 'callee' });
  const { state: answered, commands } = withStatus(state, 'answered');
  // Without an offer of the caller this is the callee's offer, and the caller answers it in its ACK.
  const phase = state.isIncoming && state.offer !== undefined ? 'up' : 'joining';
  return {
    state: { ...answered, phase },
    commands: [
      ...step.commands,
      state.isIncoming ? { type: 'answer', sdp } : { type: 'join', leg: state.a, sdp },
      ...commands,
      ...limitTimers(state.limit, 0),
    ],
  };
}

function onAcknowledge<Target>(
  state: CallState<Target>,
  { leg, sdp }: Extract<CallEvent<Target>, { type: 'acknowledge' }>,
): CallStep<Target> {
  const { phase, isIncoming, a, b } = state;
  if (phase !== 'joining' || !isIncoming || leg !== a || b === undefined) return unchanged(state);
  if (sdp === undefined) return finish(state, { ...causeOfStatus(488), sip_code: 488, by: 'caller' });
  return { state: { ...state, phase: 'up' }, commands: [{ type: 'acknowledge', leg: b, sdp }] };
}

function onJoined<Target>(
  state: CallState<Target>,
  outcome: { readonly sdp: string } | { readonly status: number },
): CallStep<Target> {
  const { phase, b } = state;
  if (phase !== 'joining' || b === undefined) return unchanged(state);
  if ('status' in outcome)
    return finish(state, { ...causeOfStatus(outcome.status), sip_code: outcome.status, by: 'caller' });
  return { state: { ...state, phase: 'up' }, commands: [{ type: 'acknowledge', leg: b, sdp: outcome.sdp }] };
}

/** The search in progress. */
function searchOf<Target>({ phase, source, destination }: CallState<Target>): Hunt<Target> | undefined {
  if (phase === 'calling source') return source;
  return phase === 'calling' ? destination : undefined;
}

/** Goes on with the search in progress; ends the call if it has failed, with a cause that is known or follows. */
function afterSearchStep<Target>(state: CallState<Target>, step: HuntStep<Target>, cause?: Cause): CallStep<Target> {
  const isSource = state.phase === 'calling source';
  const next = { ...state, ...(isSource ? { source: step.hunt } : { destination: step.hunt }) };
  const called = applyHuntStep({ state: next, commands: [] }, step);
  const by = isSource ? 'caller' : 'callee';
  if (step.failed === undefined || cause === undefined) return endIfFailed(called, step, by);
  return finishAfter(called, { ...cause, sip_code: step.failed.status, by });
}

function onFailure<Target>(
  state: CallState<Target>,
  { leg, failure }: Extract<CallEvent<Target>, { type: 'failure' }>,
): CallStep<Target> {
  const hunt = searchOf(state);
  if (hunt === undefined) return unchanged(state);
  // The ring time is over. A peer that has not rung in time (408) has not been reached.
  const isUnanswered = failure.by === 'timer' && failure.status !== 408;
  const cause = isUnanswered ? causeNamed('NO_ANSWER') : undefined;
  return afterSearchStep(state, failLeg(hunt, leg, failure), cause);
}

function onRedirected<Target>(
  state: CallState<Target>,
  event: Extract<CallEvent<Target>, { type: 'redirected' }>,
): CallStep<Target> {
  const hunt = searchOf(state);
  if (hunt === undefined) return unchanged(state);
  const next = afterSearchStep(state, redirectLeg(hunt, event.leg, event));
  // RFC 3261 §21.1.3.
  const isHeard = event.isForward === true && state.isIncoming && state.phase === 'calling';
  return isHeard ? withCommands(next, { type: 'progress', status: 181, sdp: undefined }) : next;
}

/** Whose phones ring: the callee, or the new party of a transfer. Undefined: none do. */
export function ringingHunt<Target>({ phase, destination, transfer }: CallState<Target>): Hunt<Target> | undefined {
  if (phase === 'calling') return destination;
  return transfer?.answered === undefined ? transfer?.search : undefined;
}

function onPickUp<Target>(state: CallState<Target>, { target }: PickUp<Target>): CallStep<Target> {
  if (state.transfer !== undefined) return applyTransferStep(pickUpTransfer(state, state.transfer, target));
  const hunt = ringingHunt(state);
  return hunt === undefined ? unchanged(state) : afterSearchStep(state, addLeg(hunt, target));
}

function onSilence<Target>(
  state: CallState<Target>,
  { leg, isSilent }: Extract<CallEvent<Target>, { type: 'silence' }>,
): CallStep<Target> {
  const hunt = searchOf(state);
  return hunt === undefined ? unchanged(state) : afterSearchStep(state, noteSilence(hunt, leg, isSilent));
}

/** The caller of a task that stops may call again at once, at another one. */
function onHangUp<Target>(
  state: CallState<Target>,
  { cause, by, at }: Extract<CallEvent<Target>, { type: 'hang up' }>,
): CallStep<Target> {
  const { answeredAt } = state;
  const isTurnedAway = state.isIncoming && answeredAt === undefined && cause.cause === 'SYSTEM_SHUTDOWN';
  const ended = answeredAt === undefined || at === undefined ? {} : { at: Math.max(answeredAt, at) };
  return finish(state, { ...cause, sip_code: isTurnedAway ? 503 : null, by }, ended);
}

/** A party has hung up, or is lost. */
function onEnd<Target>(
  state: CallState<Target>,
  { leg, end, at }: Extract<CallEvent<Target>, { type: 'end' }>,
): CallStep<Target> {
  if (leg !== state.a && leg !== state.b) return unchanged(state);
  const alone = onReplacedEnd(state, leg);
  if (alone !== undefined) return alone;
  const by = leg === state.a ? 'caller' : 'callee';
  const isUp = state.answeredAt !== undefined;
  const ended = end.q850 === undefined ? causeNamed('NORMAL_CLEARING') : causeOf(end.q850);
  const lost = end.by === 'timer' || end.by === 'transport' ? causeOfStatus(408) : ended;
  return finish(
    state,
    { ...(isUp ? lost : causeNamed('ORIGINATOR_CANCEL')), ...textOf(end), sip_code: isUp ? null : 487, by },
    { gone: leg, at, ...(isUp || end.status !== elsewhere.status ? {} : { reason: elsewhere }) },
  );
}

/** Both parties of an answered call get BYE, as one that is lost may only be out of reach for a while. */
function onLost<Target>(
  state: CallState<Target>,
  { side, at }: Extract<CallEvent<Target>, { type: 'lost' }>,
): CallStep<Target> {
  if (state.answeredAt === undefined) return unchanged(state);
  const by = side === 'source' ? 'caller' : 'callee';
  return finish(state, { ...causeOfStatus(408), sip_code: null, by }, { at });
}

function onRenewed<Target>(
  state: CallState<Target>,
  { seconds, at }: Extract<CallEvent<Target>, { type: 'renewed' }>,
): CallStep<Target> {
  const { limit, answeredAt } = state;
  // Nothing is left to renew it with: the timer of the limit ends the call.
  if (answeredAt === undefined || seconds === null || seconds <= (limit.seconds ?? 0)) return unchanged(state);
  const renewed = { ...limit, seconds };
  return { state: { ...state, limit: renewed }, commands: limitTimers(renewed, (at - answeredAt) / second) };
}

const finishAfter = <Target>(
  { state, commands }: CallStep<Target>,
  hangup: Hangup,
  ended?: Ended,
): CallStep<Target> => {
  const last = finish(state, hangup, ended);
  return { state: last.state, commands: [...commands, ...last.commands] };
};

type Ended = {
  /** The leg that has ended by itself. */
  readonly gone?: string;
  readonly at?: number | undefined;
  readonly passes?: PassedAnswer | undefined;
  /** Why the other legs end. Default: the cause. */
  readonly reason?: EndReason;
};

/** Ends every leg that is not over. */
function finish<Target>(state: CallState<Target>, hangup: Hangup, ended: Ended = {}): CallStep<Target> {
  const { gone, at, passes, reason = { q850: hangup.q850 } } = ended;
  const searched = [state.source, state.destination].flatMap((hunt) =>
    hunt === undefined ? [] : cancelHunt(hunt).cancel.map(({ id }) => id),
  );
  const isCallerUp = state.isIncoming && state.answeredAt !== undefined;
  const connected = [
    ...(isCallerUp || !state.isIncoming ? [state.a] : []),
    ...(state.b === undefined ? [] : [state.b]),
  ];
  const legs = [...new Set([...searched, ...connected])].filter((leg) => leg !== gone && leg !== '');
  const isRejected = state.isIncoming && state.answeredAt === undefined && gone !== state.a;
  const passed = passes === undefined ? {} : { passes };
  return {
    state: { ...state, phase: 'over', status: 'hangup', leaving: undefined, transfer: undefined },
    commands: [
      ...abandonTransfer(state),
      ...(isRejected ? [{ type: 'reject' as const, status: statusOfHangup(hangup), cause: hangup, ...passed }] : []),
      ...legs.map((leg) => ({ type: 'end' as const, leg, reason })),
      { type: 'over', hangup, at },
    ],
  };
}
