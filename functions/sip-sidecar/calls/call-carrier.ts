import type { PeerRefer, Session, SessionListener } from '#sip/session/session.ts';
import type { LimitedSide } from './call-limits.ts';
import type { InvitationFacts } from './invitation.ts';
import type { RunningCall } from './running-call.ts';
import type { Target } from './target.ts';

/** What carries out the commands of a call. */
export type CallCarrier = {
  /** Sends an INVITE. Undefined: it cannot be sent, and the leg has failed. */
  readonly invite: (
    target: Target,
    invitation: Pick<InvitationFacts, 'call' | 'sdp' | 'maxForwards' | 'timeout'> & { readonly organization: number },
    listener: SessionListener,
  ) => Promise<Session | undefined>;
  /** @returns the seconds that the call may last now; null: no more than before */
  readonly renew: (call: RunningCall) => Promise<number | null>;
  /** The party of a side has left, and the call goes on. `limited`: what limited this side. */
  readonly onLeft: (call: RunningCall, limited: LimitedSide | undefined) => void;
  /** A REFER of the party of a leg. */
  readonly onRefer: (call: RunningCall, leg: string, refer: PeerRefer) => void;
  /** Called once, when the call is over. Its end is not written yet. */
  readonly onOver: (call: RunningCall) => void;
  readonly fault: (error: unknown) => void;
  readonly now: () => Date;
};
