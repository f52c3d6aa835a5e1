import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OggReader } from './ogg-reader.ts';

test('the packets of a stream are read in pieces of any length', () => {
  const bytes = readFileSync(new URL('tones/tone-opus.ogg', import.meta.url));
  for (const size of [1, 100, bytes.length]) {
    const reader = new OggReader();
    let packets = 0;
    for (let at = 0; at < bytes.length; at += size) packets += reader.read(bytes.subarray(at, at + size)).length;
    expect(packets).toBe(52);
  }
});
