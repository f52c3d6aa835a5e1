import { afterAll, beforeAll, expect, test } from 'vitest';
import startSharedCloud from '../system/global-setup.ts';
import type * as AccountAttacks from '../system/accounts/account-attacks.fixture.ts';

/** `npm test` has a tenth of these runs (`test/system/accounts/account-attacks.test.ts`). `SEED` selects one. */
const count = Number(process.env['SEEDS'] ?? 200);
const only = process.env['SEED'];
const seeds = only === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(only)];
/** Attacks of a seed. */
const attacks = Number(process.env['ATTEMPTS'] ?? 10);

// The fixture reads where the cloud is when it is loaded.
let victim: Awaited<ReturnType<typeof AccountAttacks.Victim.open>>;
let stop: Awaited<ReturnType<typeof startSharedCloud>>;
beforeAll(async () => {
  stop = await startSharedCloud();
  const { Victim } = await import('../system/accounts/account-attacks.fixture.ts');
  victim = await Victim.open();
});
afterAll(() => stop?.());

test.each(seeds)(
  'nothing of an organization changes by those who may not (SEED=%i npm run soak -- attacks)',
  async (seed) => {
    expect(await victim.withstand(seed, attacks)).toBe(attacks);
  },
);
