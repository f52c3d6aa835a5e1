import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRtp } from './recording.ts';

const fixed = '80080007000000a000000011';
const read = (hex: string) => readRtp(Buffer.from(hex, 'hex'));

test('a packet has its type, number, time, source and payload (RFC 3550 §5.1)', () => {
  expect(read(`${fixed}abcd`)).toEqual({
    payloadType: 8,
    sequence: 7,
    timestamp: 160,
    source: 17,
    payload: Buffer.from('abcd', 'hex'),
  });
});

test('contributing sources, extensions and padding are no payload', () => {
  const payload = Buffer.from('abcd', 'hex');
  expect(read(`81${fixed.slice(2)}00000022abcd`)?.payload).toEqual(payload);
  expect(read(`90${fixed.slice(2)}bede000100000000abcd`)?.payload).toEqual(payload);
  expect(read(`a0${fixed.slice(2)}abcd000003`)?.payload).toEqual(payload);
});

test('RTCP, other versions and what is cut off are no packets', () => {
  const rtcp = `80c8${fixed.slice(4)}`;
  expect([
    read(rtcp),
    read(`40${fixed.slice(2)}`),
    read('8008'),
    read(`9f${fixed.slice(2)}`),
    read(`a0${fixed.slice(2)}ff`),
  ]).toEqual(Array.from({ length: 5 }, () => undefined));
});

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const packet = readRtp(Buffer.from(bytes));
      expect((packet?.payload.length ?? 0) <= bytes.length).toBe(true);
    }),
  );
});
