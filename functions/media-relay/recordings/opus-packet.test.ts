import * as fc from 'fast-check';
import { OpusDecoder } from 'opus-decoder';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isOpusPacket } from './opus-packet.ts';

let decoder: OpusDecoder<8_000>;
beforeAll(async () => {
  decoder = new OpusDecoder({ channels: 1, preSkip: 0, sampleRate: 8_000 });
  await decoder.ready;
});
afterAll(() => decoder.free());

/** Whether libopus decodes a packet, without its complaints. */
function isDecoded(packet: Uint8Array): boolean {
  const complaints = vi.spyOn(console, 'error').mockReturnValue();
  const { errors } = decoder.decodeFrame(packet);
  complaints.mockRestore();
  return errors.length === 0;
}

const bytes = (length: number) => fc.uint8Array({ minLength: 1, maxLength: length });
/** Packets of each code, with few and with many frames, padding, and lengths of one and two bytes. */
const packets = fc.oneof(
  bytes(40),
  fc
    .tuple(fc.nat(63), bytes(6), bytes(1_500))
    .map(([configuration, header, rest]) =>
      Uint8Array.from([(configuration << 2) | 3, ...header.map((byte) => byte & 0xc7), ...rest]),
    ),
  fc
    .tuple(fc.nat(63), fc.nat(3), bytes(2_700))
    .map(([configuration, code, rest]) => Uint8Array.from([(configuration << 2) | code, ...rest])),
);

test('a packet is one of Opus if libopus decodes it', () => {
  const counts = { yes: 0, no: 0 };
  fc.assert(
    fc.property(packets, (packet) => {
      const expected = isDecoded(packet);
      counts[expected ? 'yes' : 'no'] += 1;
      expect(isOpusPacket(packet)).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(300);
});

test('nothing is no packet', () => {
  expect(isOpusPacket(new Uint8Array(0))).toBe(false);
});
