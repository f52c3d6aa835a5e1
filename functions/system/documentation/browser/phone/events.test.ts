import { expect, test } from 'vitest';
import { eventText } from './events.ts';

test('an event of a call says who calls whom, and why it ended', () => {
  const call = { source: { caller: { user: '201' } }, destination: { req: { user: '202' } }, hangup: null };
  expect(eventText({ type: 'call.ringing', data: call })).toBe('201 → 202');
  expect(eventText({ type: 'call.hangup', data: { ...call, hangup: { cause: 'USER_BUSY' } } })).toBe(
    '201 → 202 (USER_BUSY)',
  );
  expect(eventText({ type: 'call.created', data: { destination: { req: { user: '202' } } } })).toBe('anonymous → 202');
});

test('another event says its reason, if it has one', () => {
  expect(eventText({ type: 'phone.unregistered', data: { reason: 'expired' } })).toBe('expired');
  expect(eventText({ type: 'error', data: { code: 'X', message: 'Log in again' } })).toBe('Log in again');
  expect(eventText({ type: 'phone.registered' })).toBe('');
});
