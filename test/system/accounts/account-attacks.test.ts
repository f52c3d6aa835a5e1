import { beforeAll, expect, test } from 'vitest';
import { Victim } from './account-attacks.fixture.ts';

// The long form is `npm run soak -- attacks`.

const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
const attacks = 10;

let victim: Victim;
beforeAll(async () => {
  victim = await Victim.open();
});

test.each(seeds)('nothing of an organization changes by those who may not change it (seed %i)', async (seed) => {
  expect(await victim.withstand(seed, attacks)).toBe(attacks);
});
