import type { Passage } from '../media/call-media.ts';
import type { CallEvent, CallState } from './call-state.ts';
import { legOf } from './hunt.ts';
import { legOfSide, otherSide } from './transfer.ts';

/** What happens in a leg of a call. */
export type LegEvent<Target> = Extract<CallEvent<Target>, { readonly leg: string }>;

/**
 * Where the description of an event passes to: the other party gets it next.
 * @returns undefined if the event has none, or its description goes to no one
 */
export function passageOf<Target>(state: CallState<Target>, event: LegEvent<Target>): Passage | undefined {
  if (!('sdp' in event)) return undefined;
  const { leg: from, sdp } = event;
  if (event.type === 'acknowledge') return answerToOffer(state, from, sdp);
  const { transfer } = state;
  if (transfer !== undefined && legOf(transfer.search, from)?.isOver === false) {
    const kept = legOfSide(state, otherSide(transfer.side));
    return event.type === 'answer' && kept !== undefined ? { kind: 'offer', from, to: kept, sdp } : undefined;
  }
  return ofDestination(state, event.type, from, sdp);
}

/** The caller's answer to the offer of the callee, which came with its 2xx. */
const answerToOffer = (state: CallState<unknown>, from: string, sdp: string): Passage | undefined =>
  state.phase === 'joining' && from === state.a && state.b !== undefined
    ? { kind: 'answer', from, to: state.b, sdp }
    : undefined;

function ofDestination(
  { phase, destination, isIncoming, offer, a }: CallState<unknown>,
  type: 'progress' | 'answer',
  from: string,
  sdp: string,
): Passage | undefined {
  if (phase !== 'calling' || destination === undefined || legOf(destination, from)?.isOver !== false) return undefined;
  // Early media of one of several phones, or for a caller of the API, go to no one.
  if (type === 'progress' && (!isIncoming || destination.legs.length > 1)) return undefined;
  const kind = isIncoming && offer !== undefined ? 'answer' : 'offer';
  return { kind, ...(type === 'progress' ? { isEarly: true } : {}), from, to: a, sdp };
}
