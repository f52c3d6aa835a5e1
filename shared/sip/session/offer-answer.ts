/**
 * The offer/answer exchanges of a dialog as a table (RFC 3264; RFC 6337 §2.1 lists the messages that carry them). An
 * event that a state does not name must not happen there.
 */

/** `none`: no exchange is complete yet. `reoffer`: an exchange was complete before. */
export type OfferState = 'none' | 'local offer' | 'remote offer' | 'stable' | 'local reoffer' | 'remote reoffer';

/** `reject`: the offer is rejected or withdrawn, and what was agreed before stays (RFC 3264 §8). */
export type OfferEvent = 'send offer' | 'receive offer' | 'send answer' | 'receive answer' | 'reject';

type Transitions = Partial<Readonly<Record<OfferEvent, OfferState>>>;

const states: Readonly<Record<OfferState, Transitions>> = {
  none: { 'send offer': 'local offer', 'receive offer': 'remote offer' },
  'local offer': { 'receive answer': 'stable', reject: 'none' },
  'remote offer': { 'send answer': 'stable', reject: 'none' },
  stable: { 'send offer': 'local reoffer', 'receive offer': 'remote reoffer' },
  'local reoffer': { 'receive answer': 'stable', reject: 'stable' },
  'remote reoffer': { 'send answer': 'stable', reject: 'stable' },
};

/** The state after an event; undefined if the event must not happen in this state. */
export const nextOfferState = (state: OfferState, event: OfferEvent): OfferState | undefined => states[state][event];

const rejections: Partial<Readonly<Record<OfferState, 491 | 500>>> = {
  'local offer': 491,
  'local reoffer': 491,
  'remote offer': 500,
  'remote reoffer': 500,
};

/**
 * The status that rejects an offer of the peer in this state (RFC 3261 §14.2, RFC 3311 §5.2): 491 while one of ours is
 * pending, 500 with Retry-After while an earlier one of the peer is.
 */
export const offerRejection = (state: OfferState): 491 | 500 | undefined => rejections[state];

/** Milliseconds. */
const unit = 10;

/**
 * How long to wait before an offer that got 491 is sent again, in milliseconds: 2.1 to 4 s for the side that owns the
 * Call-ID, up to 2 s for the other, in steps of 10 ms (RFC 3261 §14.1).
 * @param random from 0 to below 1
 */
export const glareDelay = (isCaller: boolean, random: number): number =>
  (isCaller ? 210 + Math.floor(random * 191) : Math.floor(random * 201)) * unit;

/** Seconds (RFC 3261 §14.2). */
const longestRetry = 10;
/** Milliseconds, as a peer may ask for 0 seconds. */
const shortestRetry = 500;

/**
 * How long to wait before an offer that got 500 is sent again, in milliseconds: the peer had not finished another one
 * (RFC 3261 §14.2). Undefined: it is not sent again.
 * @param retryAfter the header of the response
 */
export function earlyDelay(retryAfter: string | undefined): number | undefined {
  const [seconds] = /^\d{1,2}(?!\d)/.exec(retryAfter ?? '') ?? [];
  if (seconds === undefined || Number(seconds) > longestRetry) return undefined;
  return Math.max(shortestRetry, Number(seconds) * 1_000);
}
