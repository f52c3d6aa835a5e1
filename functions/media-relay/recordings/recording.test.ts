import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tonePacket, voices } from '#test/support/voices.fixture.ts';
import {
  blocksWith,
  captureHeader,
  captured,
  encodeA,
  encodeMu,
  inPieces,
  packetOf,
  samplesIn,
  shareOf,
  toneOf,
} from './recording.fixture.ts';
import { framesOf, type CaptureSummary, type Channel } from './recording.ts';

const channelOf = (port: number): Channel | undefined => ({ 30_000: 'left', 30_002: 'right' } as const)[port];

const media = { channelOf, opus: new Map([[30_000, 96]]) };

async function record(capture: Buffer, size?: number): Promise<{ frames: Buffer; summary: CaptureSummary }> {
  const reading = framesOf(inPieces(capture, size), media);
  const pieces: Buffer[] = [];
  for (;;) {
    const { done, value } = await reading.next();
    if (done === true) return { frames: Buffer.concat(pieces), summary: value };
    pieces.push(value);
  }
}

/** A tone of a party, in packets of 20 ms. */
type Tone = { readonly port: number; readonly frequency: number; readonly type?: 0 | 8; readonly base?: number };
type Part = { readonly at: number; readonly bytes: Buffer };
const packetsOf = ({ port, frequency, type = 0, base = 0 }: Tone, count: number, from = 0): Part[] =>
  Array.from({ length: count }, (_, n) => {
    const at = from + n;
    const encode = type === 0 ? encodeMu : encodeA;
    const payload = Uint8Array.from(toneOf(frequency, at * 160, 160), encode);
    const rtp = { port, sequence: base + at, timestamp: base + at * 160, source: port, type, payload };
    return { at: at * 20, bytes: packetOf(rtp) };
  });
const captureOf = (...parts: readonly Part[]): Buffer =>
  Buffer.concat([captureHeader, ...parts.toSorted((a, b) => a.at - b.at).map(({ at, bytes }) => captured(at, bytes))]);

const low = { port: 30_000, frequency: 440 } as const;
const high = { port: 30_002, frequency: 1_000, type: 8 } as const;

test('the caller is heard left and the callee right, of PCMU and PCMA', async () => {
  const { frames, summary } = await record(captureOf(...packetsOf(low, 100), ...packetsOf(high, 100)));
  expect(summary).toEqual({ frames: 16_000, packets: 200, others: 0 });
  const [left, right] = [samplesIn(frames, 0), samplesIn(frames, 1)];
  expect([shareOf(440, left) > 0.98, shareOf(1_000, right) > 0.98]).toEqual([true, true]);
  expect([shareOf(1_000, left) < 0.01, shareOf(440, right) < 0.01]).toEqual([true, true]);
});

test('the recording is the same in whatever pieces the capture is read', async () => {
  const capture = captureOf(...packetsOf(low, 20), ...packetsOf(high, 20));
  const whole = await record(capture, capture.length);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
      expect((await record(capture, size)).frames.equals(whole.frames)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('lost packets are silence of their length, and late or repeated ones change nothing', async () => {
  const all = packetsOf(low, 50);
  const expected = await record(captureOf(...all));
  const [late] = all.splice(10, 1);
  const disordered = captureOf(...all, { at: 245, bytes: late!.bytes }, { at: 300, bytes: all[3]!.bytes });
  expect((await record(disordered)).frames.equals(expected.frames)).toBe(true);
  const { frames, summary } = await record(captureOf(...all));
  const left = samplesIn(frames, 0);
  expect([summary.frames, left.slice(1_600, 1_760).every((sample) => sample === 0)]).toEqual([8_000, true]);
  expect(left.slice(1_760, 3_360)).toEqual(samplesIn(expected.frames, 0).slice(1_760, 3_360));
});

test('sequence numbers and timestamps wrap around', async () => {
  const plain = await record(captureOf(...packetsOf(low, 50)));
  const wrapping = await record(captureOf(...packetsOf({ ...low, base: 2 ** 32 - 1_600 }, 50)));
  expect(wrapping.frames.equals(plain.frames)).toBe(true);
});

test('a pause, as on hold, is silence, although the timestamps go on from where they were', async () => {
  const [before, after] = [packetsOf(low, 10), packetsOf(low, 10, 10)];
  const held = after.map(({ at, bytes }) => ({ at: at + 5_000, bytes }));
  const { summary, frames } = await record(captureOf(...before, ...held));
  expect(summary.frames).toBe(43_200);
  expect(
    samplesIn(frames, 0)
      .slice(1_600, 41_600)
      .every((sample) => sample === 0),
  ).toBe(true);
});

test('Opus of its payload type is heard, also where its packets are lost or broken', async () => {
  const opus = (n: number, payload: Uint8Array): Part => ({
    at: n * 20,
    bytes: packetOf({ port: 30_000, sequence: n, timestamp: (n * 960) >>> 0, source: 1, type: 96, payload }),
  });
  const tone = tonePacket(voices.Opus, 1_000, 0);
  const parts = Array.from({ length: 100 }, (_, n) => opus(n, n % 10 === 5 ? Buffer.alloc(3, 255) : tone));
  const { frames, summary } = await record(captureOf(...parts.filter((_, n) => n % 10 !== 7), ...packetsOf(high, 100)));
  expect(summary).toEqual({ frames: 16_000, packets: 190, others: 0 });
  expect(blocksWith(1_000, samplesIn(frames, 0))).toBeGreaterThan(0.95);
  expect(shareOf(1_000, samplesIn(frames, 1))).toBeGreaterThan(0.98);
});

test('other codecs are counted and not heard; digits and comfort noise are not counted', async () => {
  const of = (type: number, n: number): Part => ({
    at: n * 20,
    bytes: packetOf({ port: 30_000, sequence: n, timestamp: n * 160, source: 1, type, payload: Buffer.alloc(160, 1) }),
  });
  const { frames, summary } = await record(captureOf(of(9, 0), of(101, 1), of(13, 2)));
  expect([summary, frames.length]).toEqual([{ frames: 0, packets: 0, others: 1 }, 0]);
});

test('what is no capture is an error, and one that ends within a packet is read up to it', async () => {
  await expect(record(Buffer.from('GIF89a and more than twenty-four bytes'))).rejects.toThrow('no capture');
  await expect(record(Buffer.alloc(0))).rejects.toThrow('no capture');
  const capture = captureOf(...packetsOf(low, 10));
  expect((await record(capture.subarray(0, capture.length - 5))).summary.packets).toBe(9);
  const long = Buffer.from(capture);
  long.writeUInt32LE(0xffff_ffff, 24 + 8);
  await expect(record(long)).rejects.toThrow('a packet of 4294967295 bytes');
});

test('whatever a capture has, it is read in bounded time and makes bounded sound', async () => {
  const valid = captureOf(...packetsOf(low, 5), ...packetsOf(high, 5));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 24, max: valid.length - 1 }), fc.integer({ min: 0, max: 255 })), {
        maxLength: 20,
      }),
      async (changes) => {
        const changed = Buffer.from(valid);
        for (const [at, byte] of changes) changed[at] = byte;
        const reading = framesOf(inPieces(changed), media);
        let length = 0;
        try {
          // A time that is far ahead is a long silence.
          for await (const { length: more } of reading) if ((length += more) > 1e7) break;
        } catch (error) {
          expect((error as Error).name).toBe('MalformedCapture');
        }
        expect(length % 4).toBe(0);
      },
    ),
  );
});
