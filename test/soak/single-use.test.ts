import { expect, test } from 'vitest';
import { faultRates } from '../system/shared-clouds.ts';
import { perfectRound, playRounds } from '../system/accounts/single-use.fixture.ts';
import { inStormCloud } from '../system/storm-cloud.fixture.ts';

test('credentials that work once pass once, in 50 rounds of 64 callers', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6));
  const played = await inStormCloud({ seed, ...faultRates.faults }, (storm) => playRounds(50, storm));
  const wrong = played.flatMap((round, at) =>
    JSON.stringify(round) === JSON.stringify(perfectRound) ? [] : [{ at, ...round }],
  );
  expect({ seed, rounds: played.length, wrong }).toEqual({ seed, rounds: 50, wrong: [] });
});
