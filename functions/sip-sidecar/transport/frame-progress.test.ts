import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameProgress } from './frame-progress.ts';

const opcodes = { continuation: 0, text: 1, ping: 9 } as const;
type Frame = { readonly opcode: keyof typeof opcodes; readonly length: number; readonly isFinal?: boolean };

/** A frame as a client sends it. */
function frame({ opcode, length, isFinal = true }: Frame): Buffer {
  const size = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 0xff] : undefined;
  const [first = 0, ...rest] = size ?? [127, 0, 0, 0, 0, 0, 1, 0, 0];
  return Buffer.concat([
    Buffer.from([(isFinal ? 0x80 : 0) | opcodes[opcode], 0x80 | first, ...rest, 1, 2, 3, 4]),
    Buffer.alloc(size === undefined ? 65_536 : length, 0x81),
  ]);
}

test.each([0, 1, 125, 126, 65_535, 65_536])('a frame of %i bytes is complete with its last byte only', (length) => {
  const whole = frame({ opcode: 'text', length });
  const progress = frameProgress();
  expect(progress.isWithin()).toBe(false);
  expect(progress.take(whole.subarray(0, -1))).toBe(true);
  expect(progress.take(whole.subarray(-1))).toBe(false);
});

test('half a header, and a message whose last fragment is missing, are within', () => {
  const progress = frameProgress();
  expect(progress.take(Buffer.from([0x81]))).toBe(true);
  const fragments = frameProgress();
  expect(fragments.take(frame({ opcode: 'text', length: 3, isFinal: false }))).toBe(true);
  expect(fragments.take(frame({ opcode: 'ping', length: 2 }))).toBe(true);
  expect(fragments.take(frame({ opcode: 'continuation', length: 0, isFinal: false }))).toBe(true);
  expect(fragments.take(frame({ opcode: 'continuation', length: 1 }))).toBe(false);
  expect(fragments.take(frame({ opcode: 'ping', length: 0 }))).toBe(false);
});

test('how the bytes are cut changes nothing', () => {
  const anyFrame = fc.record({ opcode: fc.constantFrom('text', 'ping'), length: fc.nat(200) } as const);
  fc.assert(
    fc.property(
      fc.array(anyFrame, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(frame));
        const progress = frameProgress();
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          const isWithin = progress.take(bytes.subarray(at, at + cut));
          at += cut;
          if (at >= bytes.length) expect(isWithin).toBe(false);
        }
      },
    ),
  );
});
