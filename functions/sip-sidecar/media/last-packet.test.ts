import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastPacket } from './last-packet.ts';

const answered = Date.UTC(2026, 0, 31, 12);
/** What the relay says of a party whose last packet came then. @param last milliseconds after the answer */
const party = (last: number, packets: number) => {
  const seconds = Math.floor((answered + last) / 1_000);
  return { at: seconds * 1_000 + 500, packets };
};

test('is known to a packet if a party has spoken since the answer', () => {
  fc.assert(
    fc.property(fc.nat(80), fc.nat(100_000), (start, count) => {
      const last = start + count * 20;
      expect(Math.abs(lastPacket(party(last, count + 1), answered) - (answered + last))).toBeLessThanOrEqual(80);
    }),
  );
});

test('is never outside of the second that the relay says', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(10_000), (last, packets) => {
      const heard = party(last, packets);
      expect(Math.abs(lastPacket(heard, answered) - heard.at)).toBeLessThanOrEqual(500);
    }),
  );
});
