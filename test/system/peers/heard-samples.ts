import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { wavHeaderLength } from '#functions/media-relay/recordings/wav.ts';

/** What baresip, Linphone and Chromium hear, as samples of 8 kHz, and the tones in it. */

/** Hertz. */
const rate = 8_000;
/** Milliseconds in which a tone is looked for. */
export const block = 20;
const blockLength = (rate * block) / 1_000;

/** A tone as it was heard: milliseconds since the begin. */
export type HeardTone = { readonly frequency: number; readonly from: number; readonly to: number };

/** The blocks of samples that have one of these tones. */
export function toneBlocks(samples: readonly number[], frequencies: readonly number[]): readonly HeardTone[] {
  const heard: HeardTone[] = [];
  for (let at = 0; (at + 1) * blockLength <= samples.length; at += 1) {
    const part = samples.slice(at * blockLength, (at + 1) * blockLength);
    const isLoud = part.some((sample) => Math.abs(sample) > 1_000);
    const frequency = isLoud ? frequencies.find((each) => shareOf(each, part) > 0.7) : undefined;
    if (frequency !== undefined) heard.push({ frequency, from: at * block, to: (at + 1) * block });
  }
  return heard;
}

/** What baresip has decoded, by the files in the folder of its tone. */
export const samplesIn = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('dec.wav'))
    .flatMap((name) => {
      const bytes = readFileSync(join(folder, name));
      const [channels, hertz] = [bytes.readUInt16LE(22), bytes.readUInt32LE(24)];
      const body = bytes.subarray(wavHeaderLength);
      const step = (2 * channels * hertz) / rate;
      return Array.from({ length: Math.floor(body.length / step) }, (_, at) => body.readInt16LE(at * step));
    });

/** What Linphone has heard of PCMU. Its file has a header when its call is over. */
export function recordedSamples(file: string): number[] {
  const body = existsSync(file) ? readFileSync(file).subarray(wavHeaderLength) : Buffer.alloc(0);
  return Array.from({ length: Math.floor(body.length / 2) }, (_, at) => body.readInt16LE(2 * at));
}

/** Has a page offer some codecs only, and takes what it plays, in blocks of 10 ms. */
export const recorder = (codecs: string): string => `{
  const heard = (globalThis.heardBlocks = []);
  const take = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      const step = value.sampleRate / ${rate};
      const from = (at) => samples[Math.floor(at * step)];
      const length = value.numberOfFrames / step;
      heard.push(Array.from({ length }, (_, at) => Math.round(from(at) * 32767)));
      value.close();
    }
  };
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({ track }) => void take(track));
    }
    createOffer(...given) {
      const { codecs } = RTCRtpReceiver.getCapabilities('audio');
      const preferred = codecs.filter(({ mimeType }) => ${codecs}.test(mimeType));
      for (const each of this.getTransceivers()) each.setCodecPreferences(preferred);
      return super.createOffer(...given);
    }
  };
}`;

export const samplesOf = async (page: Page): Promise<readonly number[]> =>
  (await page.evaluate<number[][]>('globalThis.heardBlocks')).flat();
