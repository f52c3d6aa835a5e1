import type { PeerRefer, SessionListener } from '#sip/session/session.ts';
import type { InCall } from './in-call.ts';
import type { LegEvent } from './passages.ts';
import type { Target } from './target.ts';

type Parts = {
  readonly dispatch: (event: LegEvent<Target>) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly inCall: InCall;
  readonly onRefer: (refer: PeerRefer) => void;
  readonly onSign: () => void;
};

/** Turns what happens in a leg's session into events of its call. */
export const legListener = (leg: string, { dispatch, now, inCall, onRefer, onSign }: Parts): SessionListener => ({
  onProgress: ({ status, sdp }) => dispatch({ type: 'progress', leg, status, ...(sdp === undefined ? {} : { sdp }) }),
  onAnswer: ({ sdp }) => dispatch({ type: 'answer', leg, at: now(), ...(sdp === undefined ? {} : { sdp }) }),
  onFailure: ({ status, q850, by, isUnproven }) => {
    const cause = isUnproven === true ? { cause: 'HOST_IN_USE' as const } : {};
    dispatch({ type: 'failure', leg, failure: { status, by, ...cause, ...(q850 === undefined ? {} : { q850 }) } });
  },
  onAcknowledge: ({ sdp }) => {
    if (!inCall.onAcknowledge(leg, sdp)) dispatch({ type: 'acknowledge', leg, ...(sdp === undefined ? {} : { sdp }) });
  },
  onOffer: (offer) => inCall.onOffer(leg, offer),
  onInfo: (request) => inCall.onInfo(leg, request),
  onRefer,
  onSign,
  onEnd: ({ by, q850 }) => dispatch({ type: 'end', leg, end: { by, ...(q850 === undefined ? {} : { q850 }) } }),
});
