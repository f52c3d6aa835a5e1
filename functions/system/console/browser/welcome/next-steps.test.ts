import { expect, test } from 'vitest';
import type { Summary } from '../overview/steps.ts';
import { isNew } from './next-steps.ts';

const fresh = { users: 1, devices: 0, numbers: 0, has_cdrs: false } as Summary;

test('an organization is new until it has a second user, a phone, a number or a call', () => {
  const others = [{ users: 2 }, { devices: 1 }, { numbers: 1 }, { has_cdrs: true }];
  expect([fresh, ...others.map((other) => ({ ...fresh, ...other }))].map(isNew)).toEqual([
    true,
    ...[false, false, false, false],
  ]);
});
