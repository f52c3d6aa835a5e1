import { expect, test } from 'vitest';
import type { CallEnd } from '#schema/call-request.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { assertCallerId, assertEnd, assertOwnSource, refusalError, type FoundEnd } from './new-call.ts';

const now = new Date('2026-11-22T10:00:00.000Z');
const phone: CallEnd = { type: 'phone', number: '+46890510' };
const device: CallEnd = { type: 'device', id: 'dev_1' };
const line: CallEnd = { type: 'line', username: 'f8ab70c893d0e9f715094b' };
const sip: CallEnd = { type: 'sip', uri: 'sip:a@Example.com' };
const aLine = (fields: Partial<PhoneLine> = {}): PhoneLine => ({
  username: 'f8ab70c893d0e9f715094b',
  org_id: 1_001,
  user_id: 'usr_1',
  domain: 'example.com',
  type: 'dynamic',
  allow_features: [],
  event_callback: null,
  created_at: '2026-11-22T09:00:00.000Z',
  expires_at: '2026-11-22T10:00:01.000Z',
  ended_at: null,
  version: 1,
  ...fields,
});

const faultOf = (end: CallEnd, found: FoundEnd = {}): string => {
  try {
    assertEnd('source', end, found, now);
    return 'allowed';
  } catch (error) {
    return String(error);
  }
};

test('a number may be any, as the dial plan decides', () => {
  expect(faultOf(phone)).toBe('allowed');
});

test('a device or line must exist, and a line must be live', () => {
  expect([faultOf(device, { device: { user_id: null } }), faultOf(line, { line: aLine() })]).toEqual([
    'allowed',
    'allowed',
  ]);
  const ended = aLine({ expires_at: now.toISOString() });
  expect([faultOf(device), faultOf(line), faultOf(line, { line: ended })]).toEqual([
    'AppError: source.id is no device',
    'AppError: source.username is no live phone line',
    'AppError: source.username is no live phone line',
  ]);
});

test('a SIP URI must have a host of the organization', () => {
  expect([faultOf(sip, { isOwnHost: true }), faultOf(sip, { isOwnHost: false })]).toEqual([
    'allowed',
    'AppError: example.com is no trunk, gateway or domain of yours',
  ]);
});

test('a limited caller without numbers owns no call to "null", and one without a user owns nothing', () => {
  const user = { id: 'usr_1', direct_number: null, mobile: null };
  expect(() => assertOwnSource(user, phone, {})).toThrow('own devices');
  expect(() => assertOwnSource(undefined, device, { device: { user_id: 'usr_1' } })).toThrow('own devices');
  expect(() => assertOwnSource(user, device, { device: { user_id: 'usr_1' } })).not.toThrow();
});

test('a caller id is an active number of the organization', () => {
  expect(() => assertCallerId({ state: 'active', org_id: 1_001 }, 1_001)).not.toThrow();
  expect(() => assertCallerId({ state: 'released', org_id: 1_001 }, 1_001)).toThrow('active number');
  expect(() => assertCallerId({ state: 'active', org_id: 1_002 }, 1_001)).toThrow('active number');
  expect(() => assertCallerId(undefined, 1_001)).toThrow('active number');
});

test('a call that no relay can record names the option', () => {
  expect(refusalError({ code: 'RECORDING_UNAVAILABLE', reason: 'NO_MEDIA_RELAY', party: 'source' })).toMatchObject({
    code: 'RECORDING_UNAVAILABLE',
    details: [{ path: 'options.record' }],
  });
});

test('a refusal says its reason and its party', () => {
  expect(refusalError({ code: 'CALL_DENIED', reason: 'NO_ROUTE', party: 'source' })).toMatchObject({
    code: 'CALL_DENIED',
    facts: { reason: 'NO_ROUTE', party: 'source' },
  });
});
