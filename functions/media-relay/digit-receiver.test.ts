import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDigitDatagram } from './digit-receiver.ts';

/** As rtpengine 10.5.3.5 sends it. */
const datagram = {
  callid: 'call_1',
  source_tag: 'a',
  tags: ['a', 'b'],
  type: 'DTMF',
  timestamp: 1_795_487_736,
  source_ip: '127.0.0.1',
  event: 1,
  duration: 80,
  volume: 10,
};
const read = (more: object) => readDigitDatagram(Buffer.from(JSON.stringify({ ...datagram, ...more })));

test('a datagram of rtpengine is a digit of a party', () => {
  expect(read({})).toEqual({ call: 'call_1', tag: 'a', digit: '1' });
  expect([9, 10, 11, 12, 15].map((event) => read({ event })?.digit)).toEqual(['9', '*', '#', 'A', 'D']);
});

test.each([{ event: 16 }, { event: -1 }, { event: 1.5 }, { event: '1' }, { type: 'other' }, { callid: '' }])(
  'a datagram with %o is no digit',
  (more) => {
    expect(read(more)).toBeUndefined();
  },
);

test('names and datagrams that are too long are no digits', () => {
  expect(read({ callid: 'c'.repeat(256) })).toBeUndefined();
  expect(read({ source_ip: 'x'.repeat(4_096) })).toBeUndefined();
});

test('no datagram makes it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(readDigitDatagram(Buffer.from(bytes))).toBeUndefined();
    }),
  );
});
