import { expect, test } from 'vitest';
import { newAccount, rotateAccount, validHa1, type Ha1, type SipAccountItem } from './sip-account.ts';

const ha1 = (realm: string, md5: string): Ha1 => ({ realm, md5, sha256: md5 });
const account = (md5: string): SipAccountItem =>
  newAccount(
    { line_number: 1, extension: '100', label: null, type: 'primary', sip_username: 'a1' },
    { id: 'dev_1', kind: 'phone', user_id: null },
    { organization: 1001, domain: 'sip.example.com', password: 'sealed', ha1: [ha1('sip.example.com', md5)] },
  );
const validUntil = '2026-11-20T12:00:00.000Z';
const rotated = rotateAccount(account('old'), account('new'), validUntil);
const valid = (realm: string, now: string): string[] => validHa1(rotated, realm, new Date(now)).map(({ md5 }) => md5);

test('a rotated account has the version after the one before', () => {
  expect([rotated.version, rotateAccount(undefined, account('new'), validUntil)]).toEqual([2, account('new')]);
});

test('the account of a marked device has its mark', () => {
  const line = { line_number: 1, extension: '100', label: null, type: 'primary', sip_username: 'a1' } as const;
  const credentials = { organization: 1001, domain: 'sip.example.com', password: 'sealed', ha1: [] };
  const accountOf = (calls_without_registration: boolean) =>
    newAccount(line, { id: 'dev_1', kind: 'phone', user_id: null, calls_without_registration }, credentials);
  expect([accountOf(true), accountOf(false)].map((each) => each.calls_without_registration)).toEqual([true, undefined]);
});

test('the account of a device whose phone is to be encrypted says it', () => {
  const line = { line_number: 1, extension: '100', label: null, type: 'primary', sip_username: 'a1' } as const;
  const credentials = { organization: 1001, domain: 'sip.example.com', password: 'sealed', ha1: [] };
  const holder = { id: 'dev_1', kind: 'phone', user_id: null } as const;
  const accounts = (['none', 'require'] as const).map((media_encryption) =>
    newAccount(line, { ...holder, media_encryption }, credentials),
  );
  expect(accounts.map((each) => each.media_encryption)).toEqual([undefined, 'require']);
});

test('previous credentials are valid before their end, after the present ones', () => {
  expect(valid('sip.example.com', '2026-11-20T11:59:59.999Z')).toEqual(['new', 'old']);
  expect(valid('sip.example.com', validUntil)).toEqual(['new']);
});

test('credentials are valid in their realm only, case ignored', () => {
  expect(valid('SIP.example.com', validUntil)).toEqual(['new']);
  expect(valid('other.example.com', validUntil)).toEqual([]);
});
