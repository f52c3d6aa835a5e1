import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { wavFile, wavTone } from '#test/support/wav.fixture.ts';
import { maxSoundSamples, soundRate, soundHeader, soundHeaderSize } from '#schema/sound.ts';
import { convertSound } from './sound-conversion.ts';
import { decoderOf } from './sound-decoders.ts';
import { WavReader } from './wav-reader.ts';

type Type = 'audio/wav' | 'audio/mpeg' | 'audio/ogg';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const convert = async (type: Type, bytes: Uint8Array, size = 1_000) =>
  convertSound(await decoderOf(type), inPieces(bytes, size));

/** The linear samples of PCMU, by ITU-T G.711, table 2a. */
const linear = (code: number): number => {
  const value = ~code & 0xff;
  const magnitude = ((((value & 15) << 3) + 132) << ((value >> 4) & 7)) - 132;
  return (value & 0x80) === 0 ? magnitude : -magnitude;
};

/** The samples of a conversion. */
async function samplesOf(type: Type, bytes: Uint8Array, size?: number): Promise<number[]> {
  const made = await convert(type, bytes, size);
  if (made === undefined || 'reason' in made) throw new Error(made?.reason ?? 'unconverted');
  const header = made.bytes.subarray(0, soundHeaderSize);
  expect(Buffer.from(header).equals(soundHeader(made.bytes.length - soundHeaderSize))).toBe(true);
  return [...made.bytes.subarray(soundHeaderSize)].map(linear);
}

const sine = (at: number, rate: number): number => 0.5 * Math.sin((2 * Math.PI * 1_000 * at) / rate);

/** Half a second of 1,000 Hz with samples of a kind. */
function toneWith(rate: number, bytes: number, write: (view: DataView, at: number, sample: number) => void): Buffer {
  const samples = new DataView(new ArrayBuffer((rate / 2) * bytes));
  for (let at = 0; at < rate / 2; at += 1) write(samples, at * bytes, sine(at, rate));
  return Buffer.from(samples.buffer);
}

const kinds: Readonly<Record<string, readonly [format: number, bits: number, samples: Buffer]>> = {
  '8 bits': [1, 8, toneWith(44_100, 1, (view, at, sample) => view.setUint8(at, Math.round(sample * 127) + 128))],
  '16 bits': [1, 16, toneWith(44_100, 2, (view, at, sample) => view.setInt16(at, Math.round(sample * 32_767), true))],
  '24 bits': [
    1,
    24,
    toneWith(44_100, 3, (view, at, sample) => {
      const value = Math.round(sample * 8_388_607);
      view.setInt16(at + 1, value >> 8, true);
      view.setUint8(at, value & 0xff);
    }),
  ],
  '32 bits': [1, 32, toneWith(44_100, 4, (view, at, sample) => view.setInt32(at, Math.round(sample * 2 ** 31), true))],
  float: [3, 32, toneWith(44_100, 4, (view, at, sample) => view.setFloat32(at, sample, true))],
  double: [3, 64, toneWith(44_100, 8, (view, at, sample) => view.setFloat64(at, sample, true))],
};

describe('a tone of 1,000 Hz is heard as loud as it was, as long as it was', () => {
  test.each(Object.entries(kinds))('from WAV of %s', async (_kind, [format, bits, bytes]) => {
    for (const form of [{ format, bits }, { format, bits, extensible: true } as const]) {
      const samples = await samplesOf('audio/wav', wavFile(bytes, 44_100, form));
      expect(samples).toHaveLength(4_000);
      expect(shareOf(1_000, samples)).toBeGreaterThan(0.98);
      expect(Math.max(...samples)).toBeGreaterThan(14_000);
      expect(Math.max(...samples)).toBeLessThan(18_500);
    }
  });

  test.each([
    ['mu-law', 7, [0xff, 0x9a, 0x93, 0x9a, 0xff, 0x1a, 0x13, 0x1a]],
    ['A-law', 6, [0xd5, 0xb0, 0xb9, 0xb0, 0xd5, 0x30, 0x39, 0x30]],
  ])('from WAV of %s', async (_kind, format, period) => {
    const bytes = Buffer.from(Array.from({ length: 4_000 }, (_, at) => period[at % 8] ?? 0));
    const samples = await samplesOf('audio/wav', wavFile(bytes, 8_000, { format, bits: 8 }));
    expect(samples).toHaveLength(4_000);
    expect(shareOf(1_000, samples)).toBeGreaterThan(0.98);
    if (format === 7) expect(samples).toEqual([...bytes].map(linear));
  });

  test.each([
    ['MP3', 'audio/mpeg', 'tone.mp3', 8_000],
    ['Ogg Opus', 'audio/ogg', 'tone-opus.ogg', 7_948],
  ] as const)('from %s', async (_kind, type, name, length) => {
    const samples = await samplesOf(type, readFileSync(new URL(`tones/${name}`, import.meta.url)));
    expect(Math.abs(samples.length - length)).toBeLessThanOrEqual(700);
    const middle = samples.slice(1_000, 7_000);
    expect(shareOf(1_000, middle)).toBeGreaterThan(0.95);
    const level = Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
    expect(Math.abs(20 * Math.log10(level / (16_384 / Math.SQRT2)))).toBeLessThan(1);
  });

  test('from both channels of stereo', async () => {
    const [, , mono] = kinds['16 bits'] ?? [0, 0, Buffer.alloc(0)];
    const stereo = Buffer.alloc(mono.length * 2);
    for (let at = 0; at < mono.length; at += 2) mono.copy(stereo, at * 2, at, at + 2);
    const samples = await samplesOf('audio/wav', wavFile(stereo, 44_100, { format: 1, bits: 16, channels: 2 }));
    expect(shareOf(1_000, samples)).toBeGreaterThan(0.98);
    expect(Math.max(...samples)).toBeLessThan(9_000);
  });
});

test('pieces of any length are the whole', async () => {
  const bytes = wavTone(1_000, 0.05, 22_050);
  const whole = await samplesOf('audio/wav', bytes, bytes.length);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
      expect(await samplesOf('audio/wav', bytes, size)).toEqual(whole);
    }),
    { numRuns: runs(10) },
  );
});

test('a file that is cut off has the sound that it has', async () => {
  const bytes = wavTone(1_000, 1);
  expect(await samplesOf('audio/wav', bytes.subarray(0, bytes.length - 8_000))).toHaveLength(4_000);
});

test('Ogg Vorbis is not converted', async () => {
  expect(await convert('audio/ogg', readFileSync(new URL('tones/tone-vorbis.ogg', import.meta.url)))).toBeUndefined();
});

const unreadable = { reason: 'UNREADABLE_SOUND' };

test.each([
  ['nothing', Buffer.alloc(0), unreadable],
  ['a header only', Buffer.from('RIFF\0\0\0\0WAVE'), unreadable],
  ['samples without a format', Buffer.from('RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd'), unreadable],
  ['a format of 4 GB', Buffer.from('RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff', 'latin1'), unreadable],
  ['a format that is not known', wavFile(Buffer.alloc(100), 8_000, { format: 2, bits: 4 }), unreadable],
  ['0 channels', wavFile(Buffer.alloc(100), 8_000, { format: 1, bits: 16, channels: 0 }), unreadable],
  ['4 billion samples a second', wavFile(Buffer.alloc(100), 4_000_000_000, { format: 1, bits: 8 }), unreadable],
  ['no samples', wavFile(Buffer.alloc(0)), { reason: 'NO_SOUND' }],
  ['less than a sample', wavFile(Buffer.alloc(1)), { reason: 'NO_SOUND' }],
])('a WAV file of %s is rejected', async (_what, bytes, outcome) => {
  expect(await convert('audio/wav', bytes)).toEqual(outcome);
});

test.each(['audio/mpeg', 'audio/ogg'] as const)('what is no %s is rejected', async (type) => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(50_000), Buffer.alloc(50_000, 0xff), wavTone(1_000, 0.1)])
    expect(await convert(type, bytes)).toEqual(unreadable);
});

test.each([
  ['no channels', 9, [0]],
  ['more channels than a table has', 9, [255]],
  ['no streams', 18, [1, 0, 0]],
  ['more coupled streams than there are', 18, [1, 1, 200]],
  ['streams that are not there', 18, [1, 255, 0, 254]],
])('Ogg Opus with %s is rejected', async (_what, at, values) => {
  const bytes = readFileSync(new URL('tones/tone-opus.ogg', import.meta.url));
  // The page of the header has one packet of one segment.
  const head = Buffer.concat([bytes.subarray(28, 47), Buffer.alloc(10)]);
  for (const [offset, value] of values.entries()) head[at + offset] = value;
  const page = Buffer.concat([bytes.subarray(0, 27), Buffer.from([head.length]), head, bytes.subarray(47)]);
  expect(await convert('audio/ogg', page)).toEqual(unreadable);
});

test('what is no number is silence', async () => {
  const samples = Buffer.alloc(400);
  for (let at = 0; at < 100; at += 1) samples.writeFloatLE([NaN, Infinity, -Infinity, 0][at % 4] ?? 0, at * 4);
  const heard = await samplesOf('audio/wav', wavFile(samples, 8_000, { format: 3, bits: 32 }));
  expect(heard.slice(0, 4)).toEqual([0, 32_124, -32_124, 0]);
});

test('a sound of more than an hour is rejected, without being read to its end', async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    const header = wavFile(Buffer.alloc(0), 8_000, { format: 7, bits: 8 });
    header.writeUInt32LE(0xff_ff_ff_ff, header.length - 4);
    yield header;
    for (;;) {
      read += 1_000_000;
      yield Buffer.alloc(1_000_000, 0xff);
    }
  }
  expect(await convertSound(new WavReader(), endless())).toEqual({ reason: 'TOO_LONG' });
  expect(read).toBeLessThan(maxSoundSamples + 2_000_000);
});

/** Yields a beginning, and then a block without end. */
async function* endless(beginning: Uint8Array, block: Uint8Array, onRead: () => void): AsyncGenerator<Uint8Array> {
  yield beginning;
  for (;;) {
    onRead();
    yield block;
  }
}

/** A page of Ogg with 255 equal packets of the first stream of a file. */
function pageOf(file: Buffer, packet: readonly number[]): Buffer {
  const head = Buffer.alloc(27);
  head.write('OggS', 'latin1');
  file.copy(head, 14, 14, 18);
  head[26] = 255;
  return Buffer.concat([head, Buffer.alloc(255, packet.length), ...Array(255).fill(Buffer.from(packet))]);
}

describe('a sound without end', () => {
  const opus = readFileSync(new URL('tones/tone-opus.ogg', import.meta.url));
  const mpeg = readFileSync(new URL('tones/tone.mp3', import.meta.url));
  // 48 frames of 2.5 ms, in two bytes.
  const bomb = pageOf(opus, [0x83, 48]);
  /** Samples. An hour of Opus takes 6 s of CPU. */
  const minute = 60 * soundRate;
  const [tooLong, unreadable] = ['TOO_LONG', 'UNREADABLE_SOUND'];
  const cases = {
    'Opus of which two bytes last 120 ms': {
      ...{ type: 'audio/ogg', beginning: opus.subarray(0, 47), block: bomb, reason: tooLong },
    },
    'packets that are not Opus': {
      ...{ type: 'audio/ogg', beginning: opus, block: pageOf(opus, [255, 255]), reason: unreadable },
    },
    'MP3 that ends in zeros': {
      ...{ type: 'audio/mpeg', beginning: mpeg, block: Buffer.alloc(70_000), reason: unreadable },
    },
  };

  test.each(Object.entries(cases))('of %s is rejected soon', async (_what, { type, beginning, block, reason }) => {
    const complaints = vi.spyOn(console, 'error').mockReturnValue();
    let blocks = 0;
    const body = endless(beginning, block, () => {
      blocks += 1;
      if (blocks > 1_000) throw new Error('it is read further');
    });
    expect(await convertSound(await decoderOf(type), body, minute)).toEqual({ reason });
    expect(complaints.mock.calls.length).toBeLessThan(1_000);
    complaints.mockRestore();
  });
});

test.each([
  ['audio/wav', undefined],
  ['audio/mpeg', 'tone.mp3'],
  ['audio/ogg', 'tone-opus.ogg'],
] as const)('a damaged file of %s is converted or rejected', async (type, name) => {
  const good = name === undefined ? wavTone(1_000, 0.1) : readFileSync(new URL(`tones/${name}`, import.meta.url));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }),
      fc.nat(good.length),
      async (changes, length) => {
        const bytes = Buffer.from(good.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        const made = await convert(type, bytes, 512);
        expect(made === undefined || 'bytes' in made || made.reason.length > 0).toBe(true);
      },
    ),
    { numRuns: runs(20) },
  );
});
