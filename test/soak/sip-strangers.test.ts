import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack, startAttackedSidecar } from '../support/attacked-sidecar.fixture.ts';
import { attackNames, maxAmplification } from '../support/sip-attacks.fixture.ts';

/** `npm test` attacks for two seconds each. */
const seconds = Number(process.env['SIP_ATTACK_SECONDS'] ?? 600);
/** Packets a second. */
const rate = 500;
/** Bytes in use that an attack may leave behind: the tables of fixed size are part of the process before it. */
const growth = 16 * 1024 * 1024;

let attacked: Awaited<ReturnType<typeof startAttackedSidecar>>;
beforeAll(async () => {
  attacked = await startAttackedSidecar();
});
afterAll(() => attacked.stop());

test.each(attackNames)('phones lose at most 5 percent of their registrations beside %s', async (name) => {
  const damage = await attack(attacked.store, attacked.sidecar, { name, seconds, rate });
  process.stdout.write(`${name}: ${JSON.stringify(damage)}\n`);
  expect(damage.lost / damage.registrations).toBeLessThanOrEqual(0.05);
  expect(damage.growth).toBeLessThanOrEqual(growth);
  expect(damage.amplification).toBeLessThanOrEqual(maxAmplification(name));
});
