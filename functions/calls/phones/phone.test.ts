import { expect, test } from 'vitest';
import { isPhoneExpired } from '#dynamodb/rows/phone.ts';
import { endLine, isLive } from '#schema/phone.ts';
import { ha1Of } from '#telephony/ha1.ts';
import { accountOf, assertMayHaveLine, newLine, NewPhone, presentLine, presentNewLine } from './phone.ts';

const now = new Date('2026-11-19T12:00:00.500Z');
const body = { allow_features: ['websocket', 'inbound', 'inbound'], type: 'dynamic', max_expire: 3_600 };
const identity = { username: 'f8ab70c893d0e9f715094b', org_id: 1_001, user_id: 'usr_1', domain: 'example.com', now };
const line = newLine(NewPhone.parse(body), identity);
const url = 'wss://sip.example.com/ws';

test('a line has each feature once, and ends after the wanted seconds', () => {
  expect(line).toMatchObject({
    allow_features: ['inbound', 'websocket'],
    event_callback: null,
    expires_at: '2026-11-19T13:00:00.500Z',
    ended_at: null,
  });
});

test.each([
  ['max_expire', 59],
  ['max_expire', 86_401],
  ['max_expire', 60.5],
  ['max_expire', '60'],
  ['type', 'static'],
  ['allow_features', []],
  ['allow_features', ['fax']],
  ['event_callback', 7],
])('%s cannot be %j', (field, value) => {
  expect(NewPhone.safeParse({ ...body, [field]: value }).error?.issues[0]?.path[0]).toBe(field);
});

test('the password is in the first answer only, and the time is UTC without a zone', () => {
  expect(presentNewLine(line, 'secret', url)).toEqual({
    username: line.username,
    password: 'secret',
    domain: 'example.com',
    websocket_url: url,
    expires: '2026-11-19 13:00:00',
  });
  expect(presentLine(line, url, now)).toEqual({
    username: line.username,
    domain: 'example.com',
    websocket_url: url,
    allow_features: ['inbound', 'websocket'],
    type: 'dynamic',
    user_id: 'usr_1',
    status: 'active',
    expires: '2026-11-19 13:00:00',
    created_at: '2026-11-19T12:00:00.500Z',
  });
});

test('a line without the feature, or a platform without WebSocket, has no websocket_url', () => {
  const deaf = { ...line, allow_features: ['inbound' as const] };
  for (const shown of [
    presentLine(deaf, url, now),
    presentNewLine(deaf, '', url),
    presentLine(line, undefined, now),
    presentNewLine(line, '', undefined),
  ])
    expect(shown).not.toHaveProperty('websocket_url');
});

test('a line lives until it expires or is ended', () => {
  const ended = endLine(line, '2026-11-19T12:30:00.000Z');
  expect([isLive(line, now), isLive(line, new Date(line.expires_at)), isLive(ended, now)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(presentLine(ended, url, now).status).toBe('ended');
});

test('an ended line can be read for a day', () => {
  const ended = endLine(line, '2026-11-19T12:30:00.000Z');
  const isReadable = (at: string) => !isPhoneExpired(ended, new Date(at));
  expect([isReadable('2026-11-20T12:29:59.999Z'), isReadable('2026-11-20T12:30:00.000Z')]).toEqual([true, false]);
  expect(isPhoneExpired(line, new Date('2026-11-20T13:00:00.499Z'))).toBe(false);
  expect(isPhoneExpired(line, new Date('2026-11-20T13:00:00.500Z'))).toBe(true);
});

test('a user may have lines up to its limit of devices, if it may use softphones', () => {
  const may = (count: number, access: object) => () =>
    assertMayHaveLine({ access: { softphone: true, ...access } }, count, 5);
  expect(may(4, {})).not.toThrow();
  expect(may(5, {})).toThrow(expect.objectContaining({ code: 'DEVICE_LIMIT' }));
  expect(may(5, { device_limit: 6 })).not.toThrow();
  expect(may(0, { softphone: false })).toThrow(expect.objectContaining({ code: 'SOFTPHONE_DISABLED' }));
});

const account = accountOf(line, 'secret', ['example.com', 'platform.example']);

test('a line authenticates in its own realm', () => {
  expect(account.ha1).toEqual([ha1Of({ username: identity.username, realm: 'example.com', password: 'secret' })]);
});

test('the values of other realms wait until its domain is deleted', () => {
  expect(account.other_ha1).toEqual([
    ha1Of({ username: identity.username, realm: 'platform.example', password: 'secret' }),
  ]);
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
