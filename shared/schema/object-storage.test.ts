import { expect, test } from 'vitest';
import { isPermittedLock, lockModesOf, lockModesVariable } from './object-storage.ts';

test.each([
  [true, [true, false]],
  [false, [true, true]],
])('a stage whose data go with it (%s) permits no lock that outlasts it', (ephemeral, permitted) => {
  const environment = { [lockModesVariable]: lockModesOf(ephemeral) };
  expect((['governance', 'compliance'] as const).map((mode) => isPermittedLock(mode, environment))).toEqual(permitted);
  expect(isPermittedLock('compliance', {})).toBe(false);
});
