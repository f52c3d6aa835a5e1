import { expect, test } from 'vitest';
import { assertCovered, coversRecord } from './own-records.ts';

const limited = { id: 'usr_1', ownOnly: new Set(['telephony:write'] as const) };

test.each([
  ['its own', 'telephony:write', 'usr_1', true],
  ["another user's", 'telephony:write', 'usr_2', false],
  ["no user's", 'telephony:write', null, false],
  ["another user's, by a scope without the limit", 'telephony:read', 'usr_2', true],
] as const)('a caller limited to its own records has %s: %#', (_whose, scope, user, isCovered) => {
  expect(coversRecord(limited, scope, user)).toBe(isCovered);
  const check = () => assertCovered(limited, scope, user);
  if (isCovered) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_SCOPE' }));
});
