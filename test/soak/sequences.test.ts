import { expect, test } from 'vitest';
import { doublesOf, takeBlocks } from '../system/billing/sequences.fixture.ts';
import { faultRates } from '../system/shared-clouds.ts';
import { inStormCloud } from '../system/storm-cloud.fixture.ts';

/** `npm test` takes 1,000 blocks. */
const blocks = Number(process.env['BLOCKS'] ?? 10_000);
const seed = Number(process.env['SEED'] ?? 1);

test(`no number of ${blocks} blocks is taken twice (SEED=${seed} npm run soak -- sequences)`, async () => {
  const taken = await inStormCloud({ seed, ...faultRates.kills }, (storm) => takeBlocks(storm, { seed, blocks }));
  expect(doublesOf(taken)).toEqual([]);
  expect(taken.blocks.length + taken.lost).toBe(blocks);
});
