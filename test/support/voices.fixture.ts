import { OpusDecoder } from 'opus-decoder';
import { decodeG711 } from '#sounds/g711.ts';
import { encodeA, encodeMu, toneOf } from '#functions/media-relay/recordings/recording.fixture.ts';

/** What phones of tests speak: one codec and nothing else. */

/** Milliseconds of a packet, and samples of a recording in it. */
export const packet = { milliseconds: 20, samples: 160 } as const;

export type Voice = {
  readonly codec: 'PCMU' | 'PCMA' | 'Opus';
  readonly type: number;
  /** Units of timestamps, and of the durations of telephone events, in a millisecond. */
  readonly units: number;
  readonly eventUnits: number;
};

const opus = { codec: 'Opus', type: 96, units: 48 } as const;

/** Some phones count the events beside Opus by 8 kHz, such as baresip. */
export const voices = {
  PCMU: { codec: 'PCMU', type: 0, units: 8, eventUnits: 8 },
  PCMA: { codec: 'PCMA', type: 8, units: 8, eventUnits: 8 },
  Opus: { ...opus, eventUnits: 48 },
  'Opus with events of 8 kHz': { ...opus, eventUnits: 8 },
} as const satisfies Readonly<Record<string, Voice>>;

/** Payload type of telephone events. */
export const eventType = 101;

/**
 * Packets of 20 ms of Opus by their frequencies, each of which makes the tone if it is repeated, as libopus 1.3.1 makes
 * them at 12 kbit/s (`opus_encode`, without VBR); and silence.
 */
const opusTones: Readonly<Record<number, string>> = {
  0: '+P/+',
  700: 'SKZkZ+cszecgFU4TRx6myUTZTIkczy1Bs2PVdGTa',
  1_000: 'SKmPacH9OYPZnwPrGTPTZMm2vcYyqFIUAwuLBlbA',
};

/** A packet of a tone. @param from its first sample */
export function tonePacket({ codec }: Voice, frequency: number, from: number): Buffer {
  if (codec !== 'Opus')
    return Buffer.from(toneOf(frequency, from, packet.samples).map(codec === 'PCMU' ? encodeMu : encodeA));
  const tone = opusTones[frequency];
  if (tone === undefined) throw new Error(`there is no packet of ${frequency} Hz`);
  return Buffer.from(tone, 'base64');
}

/** The digits by their tones (ITU-T Q.23, table 1): a row has the low frequency, a column the high one. */
const keypad = ['123A', '456B', '789C', '*0#D'] as const;
const lowTones = [697, 770, 852, 941] as const;
const highTones = [1_209, 1_336, 1_477, 1_633] as const;

/** A packet of the tones of a digit, in PCMU or PCMA. @param from its first sample */
export function digitPacket({ codec }: Voice, digit: string, from: number): Buffer {
  const row = keypad.findIndex((digits) => digits.includes(digit));
  const [low = 0, high = 0] = [lowTones[row], highTones[keypad[row]?.indexOf(digit) ?? -1]];
  const highSamples = toneOf(high, from, packet.samples);
  const samples = toneOf(low, from, packet.samples).map((sample, at) => (sample + (highSamples[at] ?? 0)) / 2);
  return Buffer.from(samples.map(Math.round).map(codec === 'PCMA' ? encodeA : encodeMu));
}

/** Decodes the packets of a stream to samples of 16 bits, 8,000 a second. */
export async function packetDecoder({ codec, type }: Voice): Promise<(payload: Buffer) => readonly number[]> {
  if (codec !== 'Opus') return (payload) => [...decodeG711(type, payload)];
  const decoder = new OpusDecoder({ channels: 1, preSkip: 0, sampleRate: 8_000 });
  await decoder.ready;
  return (payload) => {
    const [samples = new Float32Array(0)] = decoder.decodeFrame(payload).channelData;
    return Array.from(samples, (sample) => Math.round(sample * 32_767));
  };
}

/** The media lines of a description, before its direction. */
export const mediaLines = (voice: Voice, port: number, profile = 'RTP/AVP'): readonly string[] => [
  `m=audio ${port} ${profile} ${voice.type} ${eventType}`,
  ...(voice.codec === 'Opus' ? [`a=rtpmap:${voice.type} opus/48000/2`] : []),
  `a=rtpmap:${eventType} telephone-event/${voice.eventUnits * 1_000}`,
  `a=fmtp:${eventType} 0-15`,
];
