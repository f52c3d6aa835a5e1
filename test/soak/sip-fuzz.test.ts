import { expect, test } from 'vitest';
import { measureCost, seededDraw, repetitivePackets, mutatePacket } from '#sip/fuzz.fixture.ts';

/** `SIP_FUZZ_PACKETS` sets another number; `npm test` parses 100,000. */
const packets = Number(process.env['SIP_FUZZ_PACKETS'] ?? 10_000_000);
const packetMicroseconds = 5_000;
/** Bytes above the size of the warm heap. */
const growth = 128 * 1024 * 1024;

test('ten million mutated packets crash the parser never, take at most 5 ms of CPU each, and leak no memory', () => {
  const draw = seededDraw(4475);
  let [worst, warm, most] = [0, 0, 0];
  for (let packet = 0; packet < packets; packet += 1) {
    worst = Math.max(worst, measureCost(mutatePacket(draw), packetMicroseconds));
    if (packet % 10_000 !== 0) continue;
    const { heapUsed, external } = process.memoryUsage();
    if (packet <= 100_000) warm = Math.max(warm, heapUsed + external);
    most = Math.max(most, heapUsed + external);
  }
  expect(worst).toBeLessThanOrEqual(packetMicroseconds);
  expect(most - warm).toBeLessThan(growth);
});

test('a header or Request-URI that repeats any text over 32,000 characters takes at most 5 ms of CPU', () => {
  const worst = repetitivePackets().reduce(
    (most, packet) => Math.max(most, measureCost(packet, packetMicroseconds)),
    0,
  );
  expect(worst).toBeLessThanOrEqual(packetMicroseconds);
});
