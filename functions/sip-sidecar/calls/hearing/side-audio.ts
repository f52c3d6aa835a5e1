import { second } from '#schema/time.ts';
import type { AudioCause } from '#telephony/call.ts';
import type { HeardAudio } from '../../media/call-media.ts';

/** Whether a side of a call is heard, by what its relay counts from time to time. Pure. */

/** What was counted when a time began, in Unix milliseconds. */
export type Counted = Pick<HeardAudio, 'packets' | 'bytes'> & { readonly at: number };

/** Milliseconds of a time that is judged, at least. */
const least = 8 * second;

/**
 * Bytes of a packet of comfort noise at most: 12 of RTP, one of its level, and up to 10 of its spectrum (RFC 3389 §3).
 * Packets of Opus without sound have one to three bytes. Those of speech have 20 and more with any codec.
 */
const comfortNoise = 24;

/** Packets of audio in a second, at least: longer ones than of 500 ms do not exist. RTCP comes each 5 s. */
const leastRate = 2;

/** `unknown`: the time is too short, or the side has agreed on other descriptions in it. */
export type SideAudio = 'unknown' | 'heard' | AudioCause;

/** Judges the time from one count to the next one. @param at when it was counted, in Unix milliseconds */
export function judgeAudio(from: Counted, audio: HeardAudio, at: number): SideAudio {
  const time = at - from.at;
  const [packets, bytes] = [audio.packets - from.packets, audio.bytes - from.bytes];
  if (time < least || audio.agreedAt > from.at || packets < 0) return 'unknown';
  const isComfort = packets > 0 && bytes <= packets * comfortNoise;
  const isRtcpOnly = !isComfort && packets < (time / second) * leastRate;
  if (at - audio.last >= least || isRtcpOnly) return audio.likely;
  // Who has spoken before is muted, or listens.
  return audio.bytes <= audio.packets * comfortNoise ? 'comfort_noise_only' : 'heard';
}

/**
 * Judges a side when it is counted, and begins its next time.
 * @param from when its time began; undefined: it was not to be heard
 * @param audio undefined: it has none
 * @returns `next`: the begin of its next time, or that of the present one, if it is too short
 */
export function listenTo(
  from: Counted | undefined,
  audio: HeardAudio | undefined,
  at: number,
): { readonly next: Counted | undefined; readonly found: SideAudio } {
  if (audio === undefined) return { next: undefined, found: 'unknown' };
  const { packets, bytes, agreedAt } = audio;
  const next = { at, packets, bytes };
  if (from === undefined) return { next, found: 'unknown' };
  const goesOn = at - from.at < least && agreedAt <= from.at && packets >= from.packets;
  return { next: goesOn ? from : next, found: judgeAudio(from, audio, at) };
}
