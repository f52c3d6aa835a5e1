import { expect, test } from 'vitest';
import { newUser } from './user.ts';

const wanted = {
  id: 'usr_1',
  username: 'ada',
  email: null,
  first_name: null,
  last_name: null,
  roles: ['admin'],
  must_change_password: false,
  now: '2026-11-20T10:00:00.000Z',
};

test('a new user is active, with a password of now and the default access', () => {
  expect(newUser(wanted)).toMatchObject({
    type: 'user',
    status: 'active',
    roles: ['admin'],
    groups: [],
    language: 'en',
    password_changed_at: '2026-11-20T10:00:00.000Z',
    access: { web_portal: true, mobile_app: true, api_access: true, softphone: true, max_sessions: 5 },
    session_epoch: 1,
    version: 1,
  });
  expect(newUser(wanted)).not.toHaveProperty('now');
});

test('the display name consists of the names that are known, else it is the username', () => {
  expect(newUser(wanted).display_name).toBe('ada');
  expect(newUser({ ...wanted, last_name: 'Lovelace' }).display_name).toBe('Lovelace');
  expect(newUser({ ...wanted, first_name: 'Ada', last_name: 'Lovelace' }).display_name).toBe('Ada Lovelace');
});
