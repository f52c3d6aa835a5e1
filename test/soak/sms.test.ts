import { expect, test } from 'vitest';
import { expectSettled, runSmsStorm } from '#functions/messaging/sms-delivery/storm.fixture.ts';
import { testStore } from '../support/store.fixture.ts';

/** `npm test` sends 80 SMS. This sends 1,000 by default (`SMS`), as seed 1 by default (`SEED`). */
const count = Number(process.env['SMS'] ?? 1_000);
const seed = Number(process.env['SEED'] ?? 1);

const running = testStore();

test(`${count} SMS reach one end each, charged once or not at all (SEED=${seed} npm run soak -- sms)`, async () => {
  const result = await runSmsStorm(running.store, seed, count);
  expectSettled(result);
  const { carrier, killed } = result;
  expect(carrier.unanswered.size).toBeGreaterThan(0);
  expect(killed.size).toBeGreaterThan(0);
});
