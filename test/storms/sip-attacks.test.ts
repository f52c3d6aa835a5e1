import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack, startAttackedSidecar } from '../support/attacked-sidecar.fixture.ts';
import { attackNames, maxAmplification } from '../support/sip-attacks.fixture.ts';

/** `npm run soak -- sip` attacks for ten minutes each. */
const [seconds, rate] = [2, 100];

let attacked: Awaited<ReturnType<typeof startAttackedSidecar>>;
beforeAll(async () => {
  attacked = await startAttackedSidecar();
});
afterAll(() => attacked.stop());

test.each(attackNames)('phones register beside %s', async (name) => {
  const { registrations, lost, amplification } = await attack(attacked.store, attacked.sidecar, {
    name,
    seconds,
    rate,
  });
  expect(registrations).toBeGreaterThan(0);
  expect(lost / registrations).toBeLessThanOrEqual(0.05);
  expect(amplification).toBeLessThanOrEqual(maxAmplification(name));
});
