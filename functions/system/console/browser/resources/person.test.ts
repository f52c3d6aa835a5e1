import { expect, test } from 'vitest';
import { rolesFor, roleText, stateOf } from './person.ts';

const now = Date.parse('2027-03-01T12:00:00Z');
const invitation = (expires_at: string) => ({ email: 'ann@example.com', sent_at: '2027-02-25T12:00:00Z', expires_at });

test('the state of a person says whether the link that was sent still works', () => {
  const states = [
    { type: 'user', status: 'active', invitation: null },
    { type: 'user', status: 'disabled', invitation: null },
    { type: 'user', status: 'pending', invitation: null },
    { type: 'user', status: 'pending', invitation: invitation('2027-03-04T12:00:00Z') },
    { type: 'user', status: 'pending', invitation: invitation('2027-03-01T12:00:00Z') },
    { type: 'service', status: 'active', invitation: null },
  ] as const;
  expect(states.map((each) => stateOf(each, now).text)).toEqual([
    'Active',
    'Locked',
    'Not invited',
    'Invited',
    'Invitation expired',
    'Program',
  ]);
});

test('roles are words, and those of sellers are offered to sellers only', () => {
  expect(roleText(['agent', 'admin', 'night shift'])).toBe('Employee, Administrator, night shift');
  expect(rolesFor(['admin'])).not.toContain('reseller');
  expect(rolesFor(['reseller'])).toContain('reseller');
});
