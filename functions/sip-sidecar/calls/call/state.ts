import type { CallHangup, CallStatus, HangupCause } from '#telephony/call.ts';
import type { EndReason } from '#sip/session/session.ts';
import type { Cause } from './causes.ts';
import type { Failure, Hunt, HuntLeg, PassedAnswer, Replacement } from './hunt.ts';

/** The state, the events and the commands of a call (`call.ts`). */

/** How a call ended. */
export type Hangup = Cause & Pick<CallHangup, 'sip_code' | 'by' | 'text'>;

/** How long a call may last, in seconds from its answer; null: no limit. */
export type DurationLimit = {
  readonly seconds: number | null;
  /** Whether a reservation pays for these seconds, and is renewed before they end. */
  readonly isReserved: boolean;
};

/** The party of an answered call that a new one replaces: `source` is side `a`, `destination` side `b`. */
export type Side = 'source' | 'destination';

/** Both. */
export const sides = ['source', 'destination'] as const satisfies readonly Side[];

/** The search for the new party of an answered call. The party of the other side stays. */
export type Transfer<Target> = {
  /** Names it to the caller that asked for it. */
  readonly id: string;
  /** The side whose party is replaced. */
  readonly side: Side;
  /** Whether that party asked for it by REFER, and hangs up itself. */
  readonly isReferred: boolean;
  readonly search: Hunt<Target>;
  /** Of the call after it, in seconds from the call's answer. */
  readonly limit: DurationLimit;
  /** The new leg that has answered, which is being joined. `at`: Unix milliseconds. */
  readonly answered: { readonly leg: string; readonly at: number } | undefined;
};

export type CallState<Target> = {
  readonly phase: 'deciding' | 'calling source' | 'calling' | 'joining' | 'up' | 'over';
  /** Whether the caller's INVITE came to us; otherwise the API placed the call. */
  readonly isIncoming: boolean;
  /** The offer of the caller's INVITE. */
  readonly offer: string | undefined;
  /** Attempts to reach the destination, for a call of the API whose source has not answered. */
  readonly planned: readonly (readonly Target[])[];
  readonly source: Hunt<Target> | undefined;
  readonly destination: Hunt<Target> | undefined;
  /** Ids of the legs that are joined; '' and undefined: the side has no party. */
  readonly a: string;
  readonly b: string | undefined;
  readonly status: CallStatus;
  readonly limit: DurationLimit;
  /** Unix milliseconds. */
  readonly answeredAt: number | undefined;
  /**
   * The side whose party has asked to be replaced, or is replaced by a command, until it is known by whom, or that it
   * is not. It may hang up at once: the other one waits.
   */
  readonly leaving: Side | undefined;
  readonly transfer: Transfer<Target> | undefined;
  /** Legs that transfers have called so far. */
  readonly transferLegs: number;
};

/** A final failure of a leg's INVITE. `timer`: the ring time is over, or the peer has not rung in time (408). */
export type LegFailure = {
  readonly status: number;
  readonly q850?: number;
  /** Of a target that we do not call; else it follows from status and `q850`. */
  readonly cause?: HangupCause;
  readonly by: 'peer' | 'us' | 'timer' | 'transport';
  /** Of a member of a ring group (`hunt.ts`). */
  readonly isOfMember?: boolean;
  /** By the settings of the peer (`hunt.ts`). */
  readonly isFinal?: boolean;
  readonly passes?: PassedAnswer;
  /** What the peer says of the cause. Absent: nothing. */
  readonly text?: string;
};

/** In the CANCEL of phones that rang, so that they note no missed call (RFC 3326 §2). */
export const elsewhere: EndReason = { status: 200, text: 'Call completed elsewhere' };

export type CallEvent<Target> =
  | { readonly type: 'routed'; readonly attempts: readonly (readonly Target[])[]; readonly limit: DurationLimit }
  | {
      readonly type: 'placed';
      readonly source: readonly (readonly Target[])[];
      readonly destination: readonly (readonly Target[])[];
      readonly limit: DurationLimit;
    }
  | { readonly type: 'rejected'; readonly status: number; readonly cause: Cause; readonly passes?: PassedAnswer }
  | { readonly type: 'progress'; readonly leg: string; readonly status: number; readonly sdp?: string }
  /** `limit`: that of the call from this answer on. Default: that of its route. */
  | {
      readonly type: 'answer';
      readonly leg: string;
      readonly sdp?: string;
      readonly at: number;
      readonly limit?: DurationLimit;
    }
  | { readonly type: 'acknowledge'; readonly leg: string; readonly sdp?: string }
  | { readonly type: 'joined'; readonly outcome: { readonly sdp: string } | { readonly status: number } }
  | { readonly type: 'failure'; readonly leg: string; readonly failure: LegFailure }
  /** A leg sends the call on to others. `isForward`: the caller hears of it (181). */
  | ({ readonly type: 'redirected'; readonly leg: string; readonly isForward?: true } & Replacement<Target>)
  /** A phone takes the call, which rings at others: it is one more of them, and the first one that answers has it. */
  | { readonly type: 'pick up'; readonly target: Target }
  /** The INVITE of a leg has had no response for 4 s, or has one after all. */
  | { readonly type: 'silence'; readonly leg: string; readonly isSilent: boolean }
  /** `at`: the last sign of life of the parties, of one that is lost, in Unix milliseconds; undefined: now. */
  | { readonly type: 'end'; readonly leg: string; readonly end: Partial<LegFailure>; readonly at?: number }
  /** The party of a side is not heard any more. `at`: as that of an end. */
  | { readonly type: 'lost'; readonly side: Side; readonly at: number | undefined }
  | { readonly type: 'hang up'; readonly by: 'api' | 'system'; readonly cause: Cause; readonly at?: number | undefined }
  | { readonly type: 'leaving'; readonly side: Side }
  /** The party that was leaving is not replaced. */
  | { readonly type: 'not replaced'; readonly failure: Failure }
  | {
      readonly type: 'transfer';
      readonly id: string;
      readonly side: Side;
      readonly isReferred: boolean;
      readonly attempts: readonly (readonly Target[])[];
      readonly limit: DurationLimit;
    }
  /** Another session is joined to the party of the other side already. `isReferred`: as in a transfer. */
  | { readonly type: 'replace'; readonly side: Side; readonly by: string; readonly isReferred: boolean }
  | { readonly type: 'limit' }
  | { readonly type: 'renewal' }
  | { readonly type: 'renewed'; readonly seconds: number | null; readonly at: number };

/** Why a leg is ended. */

export type CallCommand<Target> =
  /** Invites a target with the offer of the caller, or without one. */
  | { readonly type: 'invite'; readonly leg: HuntLeg<Target>; readonly sdp: string | undefined }
  | { readonly type: 'progress'; readonly status: number; readonly sdp: string | undefined }
  | { readonly type: 'answer'; readonly sdp: string }
  /** `passes`: what of the callee's response the caller gets. */
  | { readonly type: 'reject'; readonly status: number; readonly cause: Cause; readonly passes?: PassedAnswer }
  /** Acknowledges a leg's answer, which had an offer. `inactive`: with an answer in which no media flow. */
  | { readonly type: 'acknowledge'; readonly leg: string; readonly sdp: string | { readonly inactive: string } }
  /** Offers the session description of leg `b` to leg `a`, whose answer comes as `joined`. */
  | { readonly type: 'join'; readonly leg: string; readonly sdp: string }
  | { readonly type: 'end'; readonly leg: string; readonly reason: EndReason }
  | { readonly type: 'set timer'; readonly timer: 'limit' | 'renewal'; readonly milliseconds: number }
  | { readonly type: 'clear timers' }
  | { readonly type: 'renew' }
  | { readonly type: 'status'; readonly status: Exclude<CallStatus, 'created' | 'hangup'> }
  | TransferCommand<Target>
  /** `at`: when it ended, in Unix milliseconds; undefined: now. */
  | { readonly type: 'over'; readonly hangup: Hangup; readonly at: number | undefined };

export type TransferCommand<Target> =
  /** A new leg of a side is called, the first time at this target. */
  | { readonly type: 'add leg'; readonly side: Side; readonly target: Target }
  /** The new leg of a side rings. */
  | { readonly type: 'transfer progress'; readonly id: string; readonly side: Side; readonly status: number }
  /** The party of a side has left; `isReplaced`: there is a newer leg of this side. */
  | { readonly type: 'left'; readonly side: Side; readonly isReplaced: boolean }
  /** Ends a leg whose party asked to leave, if it does not hang up itself. */
  | { readonly type: 'release'; readonly leg: string }
  | { readonly type: 'transferred'; readonly id: string; readonly side: Side }
  | { readonly type: 'transfer failed'; readonly id: string; readonly side: Side; readonly failure: Failure };

export type CallStep<Target> = {
  readonly state: CallState<Target>;
  readonly commands: readonly CallCommand<Target>[];
};

/** The leg of a side. Undefined: its party has left. */
export const legOfSide = ({ a, b }: Pick<CallState<unknown>, 'a' | 'b'>, side: Side): string | undefined =>
  side === 'source' ? (a === '' ? undefined : a) : b;

export const otherSide = (side: Side): Side => (side === 'source' ? 'destination' : 'source');
