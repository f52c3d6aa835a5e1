import { withoutKeys } from '#sip/sdp/srtp.ts';
import { hasFax } from '#sip/sdp/fax.ts';
import { directionsOf, mediaOf, type Direction } from '#sip/sdp/sdp.ts';
import type { SentDescription, StoredExchange } from './call-media.ts';

/** An exchange that is complete: as its legs sent it. */
export type Exchange = { readonly offer: SentDescription; readonly answer: SentDescription };

/** Whether a description names its addresses by ICE (RFC 8839 §5.4). */
export const hasIce = (sdp: string): boolean => /^a=ice-ufrag:/m.test(sdp);

/** Whether the address of a description, or of a medium in it, is zeros. */
export const hasZeros = (sdp: string): boolean => /^c=IN (?:IP4 0\.0\.0\.0|IP6 ::)\s*$/m.test(sdp);

/**
 * Whether all media have the address of zeros, by which phones hold that know RFC 2543 only: their own one, else that
 * of the session (RFC 8866 §5.7). With ICE it is no hold (RFC 8829 §5.2.1). A medium that is rejected says nothing.
 */
export function isNowhere(sdp: string): boolean {
  if (!hasZeros(sdp) || hasIce(sdp)) return false;
  const ofSession = sdp.split(/^m=/m, 1)[0] ?? '';
  const used = mediaOf(sdp).filter(([first = '']) => !rejected.test(first));
  return used.length > 0 && used.every((lines) => hasZeros(lines.find((line) => line.startsWith('c=')) ?? ofSession));
}

/** Port 0 (RFC 3264 §6). */
const rejected = /^m=\S+ 0[ /]/;

/** Whether a leg is to send media after an exchange: it says that it does, and the other one that it wants them. */
export function isToSend(leg: string, { offer, answer }: Exchange): boolean {
  const [own, other] = offer.from === leg ? [offer.sdp, answer.sdp] : [answer.sdp, offer.sdp];
  const says = (sdp: string, one: Direction): boolean =>
    directionsOf(sdp).some((direction) => direction === 'sendrecv' || direction === one);
  return says(own, 'sendonly') && says(other, 'recvonly') && !isNowhere(other);
}

/** Whether the parties send each other a fax (T.38). */
export const isFaxExchange = ({ answer }: Exchange): boolean => hasFax(answer.sdp);

/** Names of the connected legs of a call. */
export type ConnectedLegs = { readonly source: string; readonly destination: string };

/** Bytes of both descriptions in JSON: a command between tasks has 16,384. Those of phones have some hundred. */
const maxStored = 8_000;

/**
 * The last exchange of the connected legs, for the task that goes on with the call, without keys of SRTP: new ones
 * follow. Undefined: there is none.
 */
export function storedExchange(exchange: Exchange | undefined, legs: ConnectedLegs): StoredExchange | undefined {
  if (exchange === undefined) return undefined;
  const [offer, answer] = [exchange.offer, exchange.answer].map((each) => ({ ...each, sdp: withoutKeys(each.sdp) }));
  if (offer === undefined || answer === undefined) return undefined;
  const from = offer.from === legs.source ? 'source' : 'destination';
  const isOfBoth = offer.from === legs[from] && offer.to === legs[otherOf[from]];
  const isSmall = Buffer.byteLength(JSON.stringify([offer.sdp, answer.sdp])) <= maxStored;
  return isOfBoth && isSmall ? { from, offer: offer.sdp, answer: answer.sdp } : undefined;
}

const otherOf = { source: 'destination', destination: 'source' } as const;

/** Such an exchange of another task. */
export function exchangeOf({ from, offer, answer }: StoredExchange, legs: ConnectedLegs): Exchange {
  const [offering, answering] = [legs[from], legs[otherOf[from]]];
  return {
    offer: { kind: 'offer', from: offering, to: answering, sdp: offer },
    answer: { kind: 'answer', from: answering, to: offering, sdp: answer },
  };
}

/** Whether an answer lets media flow in both directions. A party that is held is not heard. */
export const isSending = (sdp: string): boolean => directionsOf(sdp).includes('sendrecv');
