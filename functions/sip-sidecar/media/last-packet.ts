import { second } from '#schema/time.ts';
import type { HeardParty } from './call-media.ts';

/** Milliseconds of a packet of speech: the default of all codecs in use (RFC 3551 §4.2). */
const packetTime = 20;

/** Milliseconds between an answer and the first packet of a party that speaks at once. */
const firstPacket = 100;

/**
 * When the last packet of a party came, in Unix milliseconds. A relay says only in which second. If the party has
 * spoken since the answer, the number of its packets says where in the second; otherwise it is the middle.
 * @param answered Unix milliseconds
 */
export function lastPacket({ at, packets }: Pick<HeardParty, 'at' | 'packets'>, answered: number): number {
  const [from, to] = [at - second / 2, at + second / 2];
  const spoken = answered + packets * packetTime;
  const isSpeech = spoken >= from - firstPacket && spoken <= to + packetTime;
  return isSpeech ? Math.min(Math.max(spoken, from), to) : at;
}
