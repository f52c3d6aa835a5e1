import { expect, test } from 'vitest';
import { callerIdWarnings } from './caller-id.ts';

test('a caller ID without an active number of the organization gives a warning', () => {
  const warned = (...of: Parameters<typeof callerIdWarnings>): boolean => callerIdWarnings(...of).length > 0;
  expect([warned(null, undefined, 1), warned('+46890510', { state: 'active', org_id: 1 }, 1)]).toEqual([false, false]);
  expect([
    warned('+46890510', undefined, 1),
    warned('+46890510', { state: 'active', org_id: 2 }, 1),
    warned('+46890510', { state: 'released', org_id: 1 }, 1),
  ]).toEqual([true, true, true]);
});
