import { expect, test } from 'vitest';
import {
  changeOrganizationIp,
  NewOrganizationIp,
  newOrganizationIp,
  replaceOrganizationIp,
} from './organization-ip.ts';

const now = '2026-11-20T10:00:00.000Z';
const later = '2026-11-20T11:00:00.000Z';
const origin = { id: 'orgip_1', organization: 1_001, parent: 1_000, type: 'whitelist', now } as const;
const wanted = (ip_address: string, more: object = {}) =>
  NewOrganizationIp.parse({ organization_id: 1_001, ip_address, ...more });
const failsWith = (code: string): Error => expect.objectContaining({ code }) as Error;
const made = (ip_address: string, more: object = {}) => newOrganizationIp(wanted(ip_address, more), origin);

test('an address without prefix is a network of its own, in canonical form', () => {
  expect([made('192.0.2.7'), made('2001:DB8:0:0::7')]).toMatchObject([
    { ip_address: '192.0.2.7', cidr: 32, type: 'whitelist', description: null },
    { ip_address: '2001:db8::7', cidr: 128 },
  ]);
});

test('what is no address is invalid', () => {
  for (const text of ['192.0.2', '192.0.2.0/24', 'example.com', '::1%eth0', ''])
    expect(NewOrganizationIp.safeParse({ organization_id: 1_001, ip_address: text }).success).toBe(false);
});

test('a prefix is of the length that its kind of address may have', () => {
  expect([made('10.0.0.0', { cidr: 8 }).cidr, made('2001:c000::', { cidr: 19 }).cidr]).toEqual([8, 19]);
  expect(() => made('10.0.0.0', { cidr: 33 })).toThrow(failsWith('VALIDATION_FAILED'));
  expect(() => made('2001::', { cidr: 18 })).toThrow(failsWith('VALIDATION_FAILED'));
  for (const cidr of [7, 129, 24.5])
    expect(NewOrganizationIp.safeParse({ organization_id: 1_001, ip_address: '10.0.0.0', cidr }).success).toBe(false);
});

test('a network has no host bits', () => {
  expect(made('192.0.2.128', { cidr: 25 }).cidr).toBe(25);
  expect(() => made('192.0.2.128', { cidr: 24 })).toThrow(failsWith('HOST_BITS_SET'));
  expect(() => made('2001:db8::1', { cidr: 64 })).toThrow(failsWith('HOST_BITS_SET'));
});

test('the type of the body wins over that of the path', () => {
  const listed = newOrganizationIp(wanted('192.0.2.7'), { ...origin, type: 'blacklist' });
  const other = newOrganizationIp(wanted('192.0.2.7', { type: 'whitelist' }), { ...origin, type: 'blacklist' });
  expect([listed.type, other.type]).toEqual(['blacklist', 'whitelist']);
});

test('a replaced network gets the defaults of absent fields', () => {
  const before = made('192.0.2.0', { cidr: 24, type: 'blacklist', description: 'Office' });
  expect(replaceOrganizationIp(before, wanted('192.0.2.7'), later)).toEqual({
    ...made('192.0.2.7'),
    updated_at: later,
    version: 2,
  });
});

test('a changed network keeps its address, and what is not given', () => {
  const before = made('192.0.2.128', { cidr: 25, description: 'Office' });
  expect(changeOrganizationIp(before, { cidr: 26 }, later)).toEqual({
    ...before,
    cidr: 26,
    updated_at: later,
    version: 2,
  });
  expect(() => changeOrganizationIp(before, { cidr: 24 }, later)).toThrow(failsWith('HOST_BITS_SET'));
});
