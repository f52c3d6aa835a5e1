import { expect, test } from 'vitest';
import { cost, draws, monotonous, mutated, survive } from './fuzz.fixture.ts';

/** `npm run soak` takes a hundred times as many, and times each. */
test(
  '100,000 packets mutated from the torture messages are read, answered or dropped; what is printed says the same',
  { timeout: 120_000 },
  () => {
    const draw = draws(3261);
    const outcomes = { message: 0, answered: 0, dropped: 0 };
    for (let packet = 0; packet < 100_000; packet += 1) outcomes[survive(mutated(draw))] += 1;
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(5_000);
  },
);

/**
 * One that cost the square of its length would take a second; `npm run soak` wants 5 ms, which a busy machine would
 * miss by chance.
 */
const microseconds = 100_000;

test(
  'no header or Request-URI, whatever it repeats 32,000 characters long, costs the square of its length',
  { timeout: 300_000 },
  () => {
    const slow = monotonous()
      .filter((packet) => cost(packet, microseconds) > microseconds)
      .map((packet) => JSON.stringify(packet.subarray(0, 180).toString('latin1')))
      .toArray();
    expect(slow).toEqual([]);
  },
);
