import { expect, test } from 'vitest';
import type { HeardAudio } from '../../media/call-media.ts';
import { judgeAudio } from './side-audio.ts';

/** Milliseconds. */
const begin = 1_000_000;
const end = begin + 10_000;

const from = { at: begin, packets: 0, bytes: 0 };
/** Of 20 ms of PCMU each, with the header of RTP. */
const speech: HeardAudio = { packets: 500, bytes: 86_000, last: end, agreedAt: begin - 500, likely: 'no_packets' };
const nothing: HeardAudio = { ...speech, packets: 0, bytes: 0, last: begin - 500 };

const cases: readonly (readonly [string, string, Partial<HeardAudio>, Partial<typeof from>?])[] = [
  ['speech', 'heard', {}],
  ['speech of G.729', 'heard', { bytes: 500 * 32 }],
  ['speech of Opus at 6 kbit/s', 'heard', { bytes: 500 * 27 }],
  ['packets of 200 ms', 'heard', { packets: 50, bytes: 50 * 1_612 }],
  ['speech, and comfort noise since', 'heard', { packets: 540, bytes: 86_520 }, { packets: 500, bytes: 86_000 }],
  ['nothing at all', 'no_packets', nothing],
  ['nothing, of another address', 'wrong_address', { ...nothing, likely: 'wrong_address' }],
  ['nothing of a browser', 'no_ice', { ...nothing, likely: 'no_ice' }],
  ['early media only', 'no_packets', { packets: 200, bytes: 34_400, last: begin }],
  ['multiplexed RTCP only', 'no_ice', { packets: 3, bytes: 300, likely: 'no_ice' }],
  ['comfort noise of G.711 only', 'comfort_noise_only', { packets: 50, bytes: 50 * 13 }],
  ['comfort noise in the pauses of nothing', 'comfort_noise_only', { packets: 5, bytes: 5 * 23 }],
  ['Opus without sound', 'comfort_noise_only', { packets: 25, bytes: 25 * 13 }],
  ['a short time', 'unknown', nothing, { at: begin + 2_001 }],
  ['an agreement within the time', 'unknown', { ...nothing, agreedAt: begin + 1 }],
  ['another party', 'unknown', nothing, { packets: 500 }],
];

test.each(cases.map(([what, expected, audio, since = {}]) => ({ what, expected, audio, since })))(
  '$what is $expected',
  ({ expected, audio, since }) => {
    expect(judgeAudio({ ...from, ...since }, { ...speech, ...audio }, end)).toBe(expected);
  },
);
