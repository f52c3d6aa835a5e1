import type { HangupCause } from '#telephony/call.ts';
import type { Headers } from '#sip/headers.ts';
import { isFinal } from './causes.ts';

/** What of a final response passes to the caller, besides its status. */
export type PassedAnswer = {
  readonly headers: Headers;
  /** Its phrase. Absent: that of the status. */
  readonly reason?: string;
};

/** A final response that rejects an INVITE; 408 without one, 503 if it could not be sent. */
export type Failure = {
  readonly status: number;
  readonly q850?: number;
  readonly cause?: HangupCause;
  /** Of a member of a ring group: the next ones are called, whatever it says of this one. */
  readonly isOfMember?: boolean;
  /** Whether no other gateway is tried, by the settings of the peer. Absent: its status says it (`isFinal`). */
  readonly isFinal?: boolean;
  /** Absent: nothing. */
  readonly passes?: PassedAnswer;
  /** What the peer says of the cause. Absent: nothing. */
  readonly text?: string;
  /** Who failed the leg. Absent: the peer. */
  readonly by?: 'peer' | 'us' | 'timer' | 'transport';
};

/** An INVITE to a target. */
export type HuntLeg<Target> = {
  /** Unique in the call: `a1`, `b2`. */
  readonly id: string;
  readonly target: Target;
  readonly isOver: boolean;
  /** Whether its INVITE has had no response for 4 s, not even 100. */
  readonly isSilent: boolean;
  /** Whether it has asked for the call, and was not searched for: its failure says nothing of the callee. */
  readonly isPicker?: true;
  /** Of a follow-up: how those failed that were called before it. */
  readonly after?: readonly Failure[];
  /** Called in its place, in turn, while a failure says nothing of the callee. Default: none are. */
  readonly alternatives?: readonly Target[];
};

/** Targets that ring together. */
type Attempt<Target> = {
  readonly targets: readonly Target[];
  /** Whether it is made after every failure of those before it, also after one that speaks of the callee. */
  readonly isFollowUp?: true;
};

/**
 * The search for one party of a call: attempts are made in turn, the targets of an attempt ring together (RFC 3261
 * §16.7 says which of their failures counts). Immutable.
 */
export type Hunt<Target> = {
  /** Of the ids of its legs: `a` for the caller, `b` for the callee, `c` for the new party of a transfer. */
  readonly prefix: 'a' | 'b' | 'c';
  /** Attempts that have not begun. */
  readonly waiting: readonly Attempt<Target>[];
  /** The legs of the present attempt. */
  readonly legs: readonly HuntLeg<Target>[];
  /** Legs of all attempts so far. */
  readonly count: number;
  /** The failure that counts so far. */
  readonly failure: Failure | undefined;
  /** Those since the last follow-up. */
  readonly failures: readonly Failure[];
};

/** What follows from an event of a leg. */
export type HuntStep<Target> = {
  readonly hunt: Hunt<Target>;
  /** Legs to invite. */
  readonly invite: readonly HuntLeg<Target>[];
  /** Legs to cancel. */
  readonly cancel: readonly HuntLeg<Target>[];
  /** Present when the search has failed. */
  readonly failed?: Failure;
};

/** No target at all. */
const noTarget: Failure = { status: 480 };
/** A leg that is given up. */
const noResponse: Failure = { status: 408 };

/** Begins with the first attempt. */
export const beginHunt = <Target>(
  prefix: Hunt<Target>['prefix'],
  attempts: readonly (readonly Target[])[],
  count = 0,
): HuntStep<Target> =>
  beginAttempt({
    prefix,
    waiting: attemptsOf(attempts),
    legs: [],
    count,
    failure: undefined,
    failures: [],
  });

const attemptsOf = <Target>(attempts: readonly (readonly Target[])[]): Attempt<Target>[] =>
  attempts.filter(({ length }) => length > 0).map((targets) => ({ targets }));

const begun = { isOver: false, isSilent: false } as const;

const newLegs = <Target>({ prefix, count }: Hunt<Target>, targets: readonly Target[]): HuntLeg<Target>[] =>
  targets.map((target, at) => ({ id: `${prefix}${count + at + 1}`, target, ...begun }));

function beginAttempt<Target>(hunt: Hunt<Target>): HuntStep<Target> {
  const [next, ...waiting] = hunt.waiting;
  if (next === undefined) return { hunt, invite: [], cancel: [], failed: hunt.failure ?? noTarget };
  const { isFollowUp, targets } = next;
  const begunLegs = newLegs(hunt, targets);
  const legs = isFollowUp === true ? begunLegs.map((leg) => ({ ...leg, after: hunt.failures })) : begunLegs;
  // What follows is decided by how those before failed, and says how the search ends if it fails, too.
  const before = isFollowUp === true ? { failures: [], failure: undefined } : {};
  return { hunt: { ...hunt, ...before, waiting, legs, count: hunt.count + legs.length }, invite: legs, cancel: [] };
}

/** After a failure that speaks of the callee only what follows in any case is tried. */
function beginFollowUp<Target>(hunt: Hunt<Target>, failed: Failure): HuntStep<Target> {
  const at = hunt.waiting.findIndex(({ isFollowUp }) => isFollowUp === true);
  if (at < 0) return { hunt: closed(hunt), invite: [], cancel: [], failed };
  return beginAttempt({ ...over(hunt), waiting: hunt.waiting.slice(at) });
}

/** The legs that may still answer. */
export const openLegs = <Target>({ legs }: Hunt<Target>): readonly HuntLeg<Target>[] =>
  legs.filter(({ isOver }) => !isOver);

/** The leg with an id. */
export const legOf = <Target>({ legs }: Hunt<Target>, id: string): HuntLeg<Target> | undefined =>
  legs.find((leg) => leg.id === id);

const unchanged = <Target>(hunt: Hunt<Target>): HuntStep<Target> => ({ hunt, invite: [], cancel: [] });

/** Whether no other target is tried after a failure. */
const endsSearch = (failure: Failure): boolean => failure.isFinal ?? isFinal(failure.status);

/** A leg was rejected. The next attempt begins when all legs are over, unless a failure speaks of the callee. */
export function failLeg<Target>(before: Hunt<Target>, id: string, failure: Failure): HuntStep<Target> {
  const failed = legOf(before, id);
  if (failed?.isOver !== false) return unchanged(before);
  if (failed.isPicker === true) return withoutPicker(before, id);
  const [alternative, ...later] = failed.alternatives ?? [];
  if (alternative !== undefined && !endsSearch(failure))
    return redirectLeg(before, id, { targets: [alternative], then: [later], isBeside: true });
  const legs = before.legs.map((leg) => (leg.id === id ? { ...leg, isOver: true } : leg));
  // What has not sent anything was not reached, however long it was called.
  const noted: Failure = failed.isSilent ? { ...failure, by: 'transport' } : failure;
  const failures = [...before.failures, noted];
  const hunt = { ...before, legs, failure: worse(before.failure, failure), failures };
  // RFC 3261 §16.7, step 5: a 6xx ends the search everywhere.
  if (failure.status >= 600) return { ...beginFollowUp(hunt, failure), cancel: openLegs(hunt) };
  return goOn(hunt, hunt.failure);
}

/** The search goes on as if the leg had never been. */
function withoutPicker<Target>(before: Hunt<Target>, id: string): HuntStep<Target> {
  const hunt = { ...before, legs: before.legs.filter((leg) => leg.id !== id) };
  return hunt.failure === undefined ? unchanged(hunt) : goOn(hunt, hunt.failure);
}

/** An INVITE of a leg has had no response for 4 s, or has one after all. */
export function noteSilence<Target>(before: Hunt<Target>, id: string, isSilent: boolean): HuntStep<Target> {
  if (legOf(before, id)?.isOver !== false) return unchanged(before);
  const hunt = { ...before, legs: before.legs.map((leg) => (leg.id === id ? { ...leg, isSilent } : leg)) };
  return hunt.failure === undefined ? unchanged(hunt) : goOn(hunt, hunt.failure);
}

/** What takes the place of a leg. */
export type Replacement<Target> = {
  /** Ring in its place. */
  readonly targets: readonly Target[];
  /** Called in turn if none of these answers. Default: none are. */
  readonly then?: readonly (readonly Target[])[];
  /** Whether others ring on beside it, so that `then` is called in its place, and not after all. */
  readonly isBeside?: true;
  /** Called if none of all these answers, whatever they say of the callee. */
  readonly followUp?: Target | undefined;
};

/** A leg sends the call on: others ring in its place (RFC 3261 §16.5). */
export function redirectLeg<Target>(
  before: Hunt<Target>,
  id: string,
  { targets, then = [], followUp, isBeside }: Replacement<Target>,
): HuntStep<Target> {
  if (legOf(before, id)?.isOver !== false) return unchanged(before);
  if (isBeside === true) return replaceLeg(before, id, targets, then.flat());
  const added = newLegs(before, targets);
  const legs = [...before.legs.filter((leg) => leg.id !== id), ...added];
  const followUps = followUp === undefined ? [] : [{ targets: [followUp], isFollowUp: true as const }];
  const waiting = [...attemptsOf(then), ...followUps, ...before.waiting];
  const failures = followUp === undefined ? before.failures : [];
  return {
    hunt: { ...before, legs, waiting, failures, count: before.count + added.length },
    invite: added,
    cancel: [],
  };
}

/** Others take the place of a leg. @param alternatives called in turn in that of the only one */
function replaceLeg<Target>(
  before: Hunt<Target>,
  id: string,
  targets: readonly Target[],
  alternatives: readonly Target[],
): HuntStep<Target> {
  const isOne = targets.length === 1;
  const added = newLegs(before, isOne ? targets : [...targets, ...alternatives]);
  const invite = isOne ? added.map((leg) => ({ ...leg, alternatives })) : added;
  const legs = [...before.legs.filter((leg) => leg.id !== id), ...invite];
  return { hunt: { ...before, legs, count: before.count + added.length }, invite, cancel: [] };
}

/** One more rings with those of the present attempt. Nothing changes if none of them rings any more. */
export function addLeg<Target>(before: Hunt<Target>, target: Target): HuntStep<Target> {
  if (openLegs(before).length === 0) return unchanged(before);
  const added = newLegs(before, [target]).map((leg) => ({ ...leg, isPicker: true as const }));
  return { hunt: { ...before, legs: [...before.legs, ...added], count: before.count + 1 }, invite: added, cancel: [] };
}

/** After a failure: legs that are silent are given up if all others have failed, as they would hold that back. */
function goOn<Target>(before: Hunt<Target>, failure: Failure): HuntStep<Target> {
  const cancel = openLegs(before);
  const hasFailed = before.legs.some(({ isOver }) => isOver);
  if (!hasFailed || cancel.some(({ isSilent }) => !isSilent)) return unchanged(before);
  const hunt = { ...over(before), failure: cancel.length === 0 ? failure : worse(failure, noResponse) };
  const isLast = endsSearch(hunt.failure) && failure.isOfMember !== true;
  return { ...(isLast ? beginFollowUp(hunt, hunt.failure) : beginAttempt(hunt)), cancel };
}

/** The leg that answers ends the search; the others are cancelled. */
export function answerLeg<Target>(before: Hunt<Target>, id: string): HuntStep<Target> {
  const others = openLegs(before).filter((leg) => leg.id !== id);
  return { hunt: closed(before), invite: [], cancel: others };
}

/** Ends the search: every open leg is cancelled. */
export const cancelHunt = <Target>(before: Hunt<Target>): HuntStep<Target> => ({
  hunt: closed(before),
  invite: [],
  cancel: openLegs(before),
});

const over = <Target>(hunt: Hunt<Target>): Hunt<Target> => ({
  ...hunt,
  legs: hunt.legs.map((leg) => ({ ...leg, isOver: true })),
});

const closed = <Target>(hunt: Hunt<Target>): Hunt<Target> => ({ ...over(hunt), waiting: [] });

/** RFC 3261 §16.7, step 6: a 6xx first; then what speaks of the callee, busy before all else; then the lowest class. */
const rank = (failure: Failure): number => {
  const { status } = failure;
  if (status >= 600) return 0;
  if (endsSearch(failure)) return status === 486 ? 1 : 2;
  return Math.floor(status / 100);
};
const worse = (one: Failure | undefined, other: Failure): Failure =>
  one === undefined || rank(other) < rank(one) ? other : one;
