import { expect, test } from 'vitest';
import { callerOf } from '#test/support/people.fixture.ts';
import { maySeeUrl } from './url-steps.ts';

const writer = callerOf(1001, { id: 'usr_1', scopes: new Set(['telephony:read', 'telephony:write'] as const) });
const limited = { ...writer, ownOnly: new Set(['telephony:write'] as const) };

test.each([
  ['who may change every device', writer, 'usr_2', true],
  ['who may change its own', limited, 'usr_1', true],
  ['who may change its own, of another', limited, 'usr_2', false],
  ['who may change its own, of none', limited, null, false],
  ['who may only read', { ...writer, scopes: new Set(['telephony:read'] as const) }, 'usr_1', false],
])('a caller %s sees the provisioning URL: %#', (_who, caller, user_id, sees) => {
  expect(maySeeUrl(caller, { user_id })).toBe(sees);
});
