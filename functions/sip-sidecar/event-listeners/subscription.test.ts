import { expect, test } from 'vitest';
import { isSubscribed, mayEnd } from './subscription.ts';

const all = { organization: 1_001, user_id: 'usr_1' };
const line = { organization: 1_001, user_id: 'usr_1', line: { username: 'line1' } };

const phoneEvent = (id: string) => ({ type: 'phone.registered', entity: { type: 'phone', id }, data: {} });
const callEvent = (call: Readonly<Record<string, unknown>>) => ({
  type: 'call.ringing',
  entity: { type: 'call', id: 'call_1' },
  data: call,
});

test('an organization has all its events', () => {
  expect(isSubscribed(all, { type: 'trunk.created', entity: { type: 'trunk', id: 'trunk_1' }, data: {} })).toBe(true);
});

test('a line has its own events, and none of other lines or resources', () => {
  expect([isSubscribed(line, phoneEvent('line1')), isSubscribed(line, phoneEvent('line2'))]).toEqual([true, false]);
  expect(isSubscribed(line, { type: 'trunk.created', entity: { type: 'phone', id: 'line1' }, data: {} })).toBe(false);
});

test.each([
  [{ auth: { user: 'line1' } }, true],
  [{ destination: { req: { user: 'line1' } } }, true],
  [{ destination: { to: { user: 'line1' } } }, true],
  [{ user_id: 'usr_1' }, true],
  [{ user_id: 'usr_2', auth: { user: 'line2' } }, false],
  [{ user_id: null, auth: null, destination: 'line1' }, false],
  [{}, false],
])('a line has the calls that it, or its user, takes part in: %j', (call, expected) => {
  expect(isSubscribed(line, callEvent(call))).toBe(expected);
});

test('a line without user has no calls of others without user', () => {
  const lonely = { organization: 1_001, user_id: null, line: { username: 'line1' } };
  expect(isSubscribed(lonely, callEvent({ user_id: null }))).toBe(false);
});

test('what may end a credential is checked for the user that it is about, or for all', () => {
  const about = (type: string, entity: { type: string; id: string }) => mayEnd(line, { type, entity, data: {} });
  expect(about('auth.logout', { type: 'user', id: 'usr_1' })).toBe(true);
  expect(about('auth.logout', { type: 'user', id: 'usr_2' })).toBe(false);
  expect(about('permission.changed', { type: 'group', id: 'grp_1' })).toBe(true);
  expect(about('org.suspended', { type: 'organization', id: 'org_1001' })).toBe(true);
  expect(about('phone.deleted', { type: 'phone', id: 'line1' })).toBe(true);
  expect(about('phone.deleted', { type: 'phone', id: 'line2' })).toBe(false);
  expect(about('call.ringing', { type: 'call', id: 'call_1' })).toBe(false);
});
