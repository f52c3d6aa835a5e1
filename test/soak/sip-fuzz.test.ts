import { expect, test } from 'vitest';
import { draws, mutated, slowest } from '../../shared/sip/fuzz.fixture.ts';

/** `SIP_FUZZ_PACKETS` takes another number; `npm test` takes 100,000 of them. */
const packets = Number(process.env['SIP_FUZZ_PACKETS'] ?? 10_000_000);
const packetMilliseconds = 5;
/** Beyond what the heap held when it was warm. */
const growth = 128 * 1024 * 1024;

test('ten million mutated packets: none crashes the parser, none takes more than 5 ms, memory stays', () => {
  const draw = draws(4475);
  let [worst, warm, most] = [0, 0, 0];
  for (let packet = 0; packet < packets; packet += 1) {
    worst = Math.max(worst, slowest(mutated(draw), packetMilliseconds));
    if (packet % 10_000 !== 0) continue;
    const { heapUsed, external } = process.memoryUsage();
    if (packet <= 100_000) warm = Math.max(warm, heapUsed + external);
    most = Math.max(most, heapUsed + external);
  }
  expect(worst).toBeLessThanOrEqual(packetMilliseconds);
  expect(most - warm).toBeLessThan(growth);
});
