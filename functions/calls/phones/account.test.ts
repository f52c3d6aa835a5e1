import { expect, test } from 'vitest';
import { ha1Of } from '#telephony/ha1.ts';
import { accountOf } from './account.ts';
import { NewPhone, newLine } from './phone.ts';

const username = 'f8ab70c893d0e9f715094b';
const line = newLine(NewPhone.parse({ allow_features: ['inbound'], type: 'dynamic', max_expire: 60 }), {
  username,
  org_id: 1_001,
  user_id: null,
  domain: 'example.com',
  now: new Date('2026-11-19T12:00:00.000Z'),
});
const account = accountOf(line, 'secret', ['example.com', 'platform.example']);

test('a line authenticates in its own realm', () => {
  expect(account.ha1).toEqual([ha1Of({ username, realm: 'example.com', password: 'secret' })]);
});

test('the values of other realms wait until its domain is deleted', () => {
  expect(account.other_ha1).toEqual([ha1Of({ username, realm: 'platform.example', password: 'secret' })]);
});

test('the password itself is not stored', () => {
  expect(JSON.stringify(account)).not.toContain('secret');
});

test('a line without callback has none in its account', () => {
  expect(account).not.toHaveProperty('event_callback');
  expect(accountOf({ ...line, event_callback: 'https://example.com' }, 's', [])).toMatchObject({
    event_callback: 'https://example.com',
  });
});
