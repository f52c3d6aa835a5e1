import { expect, test } from 'vitest';
import { decodeG711, isG711 } from './g711.ts';
import { encodeA, encodeMu } from '#functions/media-relay/recordings/recording.fixture.ts';

test('each code of PCMU and PCMA is the sample of which it is the code', () => {
  for (let code = 0; code < 256; code += 1) {
    const [mu = 0] = decodeG711(0, Uint8Array.of(code));
    const [a = 0] = decodeG711(8, Uint8Array.of(code));
    // PCMU has two codes for zero.
    if (code !== 0x7f) expect(encodeMu(mu)).toBe(code);
    expect(encodeA(a)).toBe(code);
  }
  expect([...decodeG711(0, Buffer.from([0x00, 0x80, 0xff]))]).toEqual([-32_124, 32_124, 0]);
  expect([...decodeG711(8, Buffer.from([0x2a, 0xaa, 0xd5]))]).toEqual([-32_256, 32_256, 8]);
});

test('other payload types have no samples', () => {
  expect([isG711(0), isG711(8), isG711(9), decodeG711(9, Uint8Array.of(1, 2)).length]).toEqual([true, true, false, 0]);
});
