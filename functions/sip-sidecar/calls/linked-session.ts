import type { EndReason, Session } from '#sip/session/session.ts';

/**
 * The party of another call, to which a party of this one was joined by an attended transfer (RFC 5359 §2.5). Each call
 * goes on with its own party, and ends with the other one.
 * @param peer the session of that party, which a further transfer may replace; undefined: it has left
 * @param onEnd ends the other call
 */
export const linkedSession = (peer: () => Session | undefined, onEnd: (reason: EndReason) => void): Session => ({
  callId: '',
  end: (reason = {}) => onEnd(reason),
  offer: (sdp) => peer()?.offer(sdp) ?? Promise.resolve({ status: 481 }),
  acknowledge: (sdp) => peer()?.acknowledge(sdp),
  info: (contentType, body) => peer()?.info(contentType, body) ?? Promise.resolve(481),
  refer: (reference, onProgress) => peer()?.refer(reference, onProgress) ?? Promise.resolve(481),
  // The other call stores it, and follows its phone.
  route: undefined,
  stored: () => undefined,
  // Both calls would have to move at once.
  isIdle: false,
  gone: Promise.resolve(),
  handOver: () => undefined,
  refreshTarget: () => undefined,
});
