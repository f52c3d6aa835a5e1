import { expect, test } from 'vitest';
import { perfectRound, playRounds } from './single-use.fixture.ts';
import { sharedStormCloud } from '../storm-cloud.fixture.ts';

test('one code, one recovery code and one temporary token, each used by 64 callers at once, pass once', async () => {
  expect(await playRounds(2, await sharedStormCloud('faults'))).toEqual([perfectRound, perfectRound]);
});
