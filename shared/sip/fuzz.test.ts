import { expect, test } from 'vitest';
import { measureCost, seededDraw, repetitivePackets, mutatePacket, assertHandled } from './fuzz.fixture.ts';

/** `npm run soak` takes a hundred times as many, and measures the time of each. */
test('20,000 mutated torture messages are read, answered or dropped, and printing preserves what was read', () => {
  const draw = seededDraw(3261);
  const outcomes = { message: 0, answered: 0, dropped: 0 };
  for (let packet = 0; packet < 20_000; packet += 1) outcomes[assertHandled(mutatePacket(draw))] += 1;
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(1_000);
});

/**
 * A packet whose cost grows with the square of its length would take a second. `npm run soak` demands 5 ms, which a
 * busy machine would miss by chance.
 */
const microseconds = 100_000;

test(
  'the cost of a header or Request-URI of 32,000 repeated characters does not grow with the square of its length',
  { timeout: 600_000 },
  () => {
    const slow = repetitivePackets()
      .filter((packet) => measureCost(packet, microseconds) > microseconds)
      .map((packet) => JSON.stringify(packet.subarray(0, 180).toString('latin1')))
      .toArray();
    expect(slow).toEqual([]);
  },
);
