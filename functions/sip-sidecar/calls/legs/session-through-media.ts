import { hangupCauses } from '#telephony/call.ts';
import { MediaFailure, type CallMedia } from '../../media/call-media.ts';
import type { OfferOutcome, Session } from '#sip/session/session.ts';

/** The media through which leg `from` speaks to leg `to`. */
type MediaPath = {
  readonly media: Pick<CallMedia, 'pass' | 'reject'>;
  readonly from: string;
  readonly to: string;
  readonly fault: (error: unknown) => void;
};

/** The session of leg `to` as leg `from` speaks to it: their descriptions pass the media of the call. */
export const sessionThroughMedia = (session: Session, path: MediaPath): Session => ({
  ...delegates(session),
  offer: (sdp, withdrawn) => offerThrough(session, path, sdp, withdrawn),
  acknowledge: (sdp) => {
    const { media, from, to } = path;
    const fail = (error: unknown): void => endUnanswered(session, path, error);
    try {
      const answer = media.pass({ kind: 'answer', from, to, sdp });
      if (typeof answer === 'string') session.acknowledge(answer);
      else answer.then((text) => session.acknowledge(text), fail);
    } catch (error) {
      fail(error);
    }
  },
});

/** An answer does not pass: its party gets its ACK, and BYE (RFC 3261 §13.2.2.4), else it repeats its 2xx for 32 s. */
function endUnanswered(session: Session, { fault }: MediaPath, error: unknown): void {
  if (!(error instanceof MediaFailure)) fault(error);
  session.end({ q850: hangupCauses.INCOMPATIBLE_DESTINATION });
}

/** Sessions are instances of classes: their members are not their own. */
export const delegates = (session: Session): Session => ({
  callId: session.callId,
  end: (reason) => session.end(reason),
  offer: (sdp, withdrawn) => session.offer(sdp, withdrawn),
  acknowledge: (sdp) => session.acknowledge(sdp),
  info: (contentType, body) => session.info(contentType, body),
  refer: (reference, onProgress) => session.refer(reference, onProgress),
  get route() {
    return session.route;
  },
  get described() {
    return session.described;
  },
  stored: () => session.stored(),
  ringing: () => session.ringing?.(),
  get isIdle() {
    return session.isIdle;
  },
  get isOffered() {
    return session.isOffered;
  },
  get gone() {
    return session.gone;
  },
  handOver: () => session.handOver(),
  refreshTarget: (attempts) => session.refreshTarget(attempts),
});

async function offerThrough(
  session: Session,
  path: MediaPath,
  sdp: string | undefined,
  withdrawn?: AbortSignal,
): Promise<OfferOutcome> {
  const { media, from, to } = path;
  try {
    const offered = sdp === undefined ? undefined : await media.pass({ kind: 'offer', from, to, sdp });
    return await offerPassed(session, path, offered, withdrawn);
  } catch (error) {
    return rejectionBy(error);
  }
}

/** Offers leg `to` what has passed to it, or asks it for an offer. @returns what leg `from` gets of it */
export async function offerPassed(
  session: Session,
  { media, from, to }: Pick<MediaPath, 'media' | 'from' | 'to'>,
  offered: string | undefined,
  withdrawn?: AbortSignal,
): Promise<OfferOutcome> {
  const outcome = await session.offer(offered, withdrawn);
  if ('status' in outcome) {
    if (offered !== undefined) media.reject(to);
    return outcome;
  }
  const kind = offered === undefined ? 'offer' : 'answer';
  try {
    return { sdp: await media.pass({ kind, from: to, to: from, sdp: outcome.sdp }) };
  } catch (error) {
    return rejectionBy(error);
  }
}

function rejectionBy(error: unknown): OfferOutcome {
  if (error instanceof MediaFailure) return { status: error.status };
  throw error;
}
