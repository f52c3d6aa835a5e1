import { rejectMedia } from '#sip/sdp/sdp.ts';
import type { EndReason, Session } from '#sip/session/session.ts';
import { causeNamed } from '../call/causes.ts';
import type { Leave } from '../running/leave.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { Side } from '../call/state.ts';
import { otherSide } from '../call/state.ts';

/**
 * The party of another call, to which a party of this one was joined by an attended transfer (RFC 5359 §2.5). Each call
 * goes on with its own party, and ends with the other one.
 * @param peer the session of that party, which a further transfer may replace; undefined: it has left
 * @param onEnd ends the other call
 */
const linkedSession = (peer: () => Session | undefined, onEnd: (reason: EndReason) => void): Session => ({
  callId: '',
  end: (reason = {}) => onEnd(reason),
  offer: (sdp, withdrawn) => peer()?.offer(sdp, withdrawn) ?? Promise.resolve({ status: 481 }),
  acknowledge: (sdp) => peer()?.acknowledge(sdp),
  info: (contentType, body) => peer()?.info(contentType, body) ?? Promise.resolve(481),
  refer: (reference, onProgress) => peer()?.refer(reference, onProgress) ?? Promise.resolve(481),
  // The other call stores it, and follows its phone.
  route: undefined,
  described: undefined,
  stored: () => undefined,
  // Both calls would have to move at once.
  isIdle: false,
  get isOffered() {
    return peer()?.isOffered ?? false;
  },
  gone: Promise.resolve(),
  handOver: () => undefined,
  refreshTarget: () => undefined,
});

/** A party of a call that leaves it, so that the other one can be joined to another party. */
export type LeavingParty = { readonly call: RunningCall; readonly side: Side };

/** One that may hang up at once. */
export type PromisedParty = { readonly call: RunningCall; readonly leave: Leave };

/** With the leg of its call by which the party of the other call is joined. */
type End = LeavingParty & { readonly leg: string };

/** As the party of the other call speaks to it: through the media of its own call. */
const partyThatStays = ({ call, side, leg }: End): Session | undefined =>
  call.traffic.sessionOfSide(leg, otherSide(side));

/**
 * Joins two parties by their own offers (RFC 3725 §4.3).
 * @returns 200, or the status by which one of them rejects it: then both go on as before
 */
async function joinParties(one: End, other: End): Promise<number> {
  const [near, far] = [partyThatStays(one), partyThatStays(other)];
  if (near === undefined || far === undefined) return 481;
  const before = far.described;
  const offered = await far.offer(undefined);
  if ('status' in offered) return offered.status;
  const answered = await near.offer(offered.sdp);
  if ('sdp' in answered) far.acknowledge(answered.sdp);
  else other.call.traffic.keep(otherSide(other.side), before ?? rejectMedia(offered.sdp));
  return 'sdp' in answered ? 200 : answered.status;
}

/**
 * Joins the parties that stay of two calls. Each call keeps its own record, charges and limits, and they end together.
 * @param referring the party that asked for it, and hangs up itself
 * @param onJoined called before that party may be hung up
 * @returns 200, or the status by which one of them rejects it
 */
export async function joinCalls(
  referring: PromisedParty,
  replaced: PromisedParty,
  onJoined: () => void,
): Promise<number> {
  const ends = [endOf(referring), endOf(replaced)] as const;
  const [one, other] = [referring.call, replaced.call];
  const status = await one.parties.whileJoining(() => other.parties.whileJoining(() => joinParties(...ends)));
  if (status !== 200) return status;
  if (!one.mayReplace(referring.leave) || !other.mayReplace(replaced.leave)) {
    // A party that stays has hung up at the same time: the one that was joined to it is alone.
    for (const call of [one, other]) call.end(causeNamed('NORMAL_CLEARING'), 'system');
    return 487;
  }
  onJoined();
  link(...ends);
  return 200;
}

/**
 * Joins the party that stays of a call to that of another one, whose own party leaves as well.
 * @param how `permits`: whether that one may be replaced. `onJoined`: as that of `joinCalls`
 * @returns 200, or the status by which it is not done
 */
export async function joinTo(
  referring: PromisedParty,
  { call, side }: LeavingParty,
  { permits, onJoined }: { readonly permits: () => Promise<boolean>; readonly onJoined: () => void },
): Promise<number> {
  if (call === referring.call) return 481;
  // Who refers hangs up this call, too.
  const leave = call.beginLeave(side);
  if (leave === undefined) return 491;
  let status = 500;
  try {
    status = (await permits()) ? await joinCalls(referring, { call, leave }, onJoined) : 403;
  } finally {
    leave.settle({ status });
  }
  return status;
}

const endOf = ({ call, leave: { side } }: PromisedParty): End => ({ call, side, leg: call.parties.nextLeg() });

function link(one: End, other: End): void {
  for (const [here, there] of [
    [one, other],
    [other, one],
  ] as const)
    here.call.setSession(
      here.leg,
      linkedSession(
        () => partyThatStays(there),
        ({ q850 }) =>
          there.call.dispatch({
            type: 'end',
            leg: there.leg,
            end: { by: 'peer', ...(q850 === undefined ? {} : { q850 }) },
          }),
      ),
    );
  one.call.dispatch({ type: 'replace', side: one.side, by: one.leg, isReferred: true });
  other.call.dispatch({ type: 'replace', side: other.side, by: other.leg, isReferred: false });
}
