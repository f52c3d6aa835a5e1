import { expect, test, vi } from 'vitest';
import { tonePacket, voices } from '#test/support/voices.fixture.ts';
import { OpusStreams } from './recording.ts';
import { blocksWith } from './recording.fixture.ts';

const tone = (frequency: number): Buffer => tonePacket(voices.Opus, frequency, 0);

/** The samples of a source that sends a packet again and again. */
async function decodeMany(streams: OpusStreams, source: string, packet: Buffer): Promise<number[]> {
  const samples: number[] = [];
  for (let at = 0; at < 50; at += 1) samples.push(...(await streams.decode(source, packet)));
  return samples;
}

test('each source has the state of a decoder of its own', async () => {
  const streams = new OpusStreams();
  const [low, high]: [number[], number[]] = [[], []];
  for (let at = 0; at < 50; at += 1) {
    low.push(...(await streams.decode('a', tone(700))));
    high.push(...(await streams.decode('b', tone(1_000))));
  }
  streams.close();
  expect([low.length, high.length]).toEqual([8_000, 8_000]);
  expect([blocksWith(700, low), blocksWith(1_000, high)].every((share) => share > 0.95)).toBe(true);
});

test('of sources without end the first ones are decoded', async () => {
  const streams = new OpusStreams();
  const lengths: number[] = [];
  for (let source = 0; source < 100; source += 1)
    lengths.push((await streams.decode(String(source), tone(1_000))).length);
  streams.close();
  expect(lengths.filter((length) => length > 0)).toHaveLength(8);
});

test('what is no packet is silence, and nothing is written to the log', async () => {
  const complaints = vi.spyOn(console, 'error');
  const streams = new OpusStreams();
  for (const packet of [Buffer.alloc(0), Buffer.alloc(3, 255), Buffer.alloc(2_000, 1)])
    expect(await streams.decode('a', packet)).toHaveLength(0);
  expect(blocksWith(1_000, await decodeMany(streams, 'a', tone(1_000)))).toBeGreaterThan(0.95);
  streams.close();
  expect(complaints).not.toHaveBeenCalled();
  complaints.mockRestore();
});
