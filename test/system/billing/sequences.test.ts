import { expect, test } from 'vitest';
import { doublesOf, takeBlocks } from './sequences.fixture.ts';
import { sharedStormCloud } from '../storm-cloud.fixture.ts';

test('64 callers get each number once, though answers are lost and functions are killed', async () => {
  const taken = await takeBlocks(await sharedStormCloud('kills'), { seed: 11, blocks: 1_000 });
  expect(doublesOf(taken)).toEqual([]);
  const numbers = taken.blocks.flatMap(({ values }) => values);
  expect(numbers.every((value) => value >= 7 && (value - 7) % 3 === 0)).toBe(true);
  expect(taken.blocks.length + taken.lost).toBe(1_000);
  expect(taken.issued).toBeGreaterThanOrEqual(numbers.length);
});
