import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, type Body } from '#test/system/tenant.fixture.ts';
import { users } from '#functions/accounts/users/contract.ts';
import { usersHandler } from '#functions/accounts/users/handler.ts';
import { devices } from '#functions/telephony/devices/contract.ts';
import { deviceHandler } from '#functions/telephony/devices/handler.ts';
import { mobile } from '#functions/telephony/mobile/contract.ts';
import { mobileHandler } from '#functions/telephony/mobile/handler.ts';
import { organizations } from '#functions/accounts/organizations/contract.ts';
import { organizationsHandler } from '#functions/accounts/organizations/handler.ts';

const functions = functionsOf(
  [users, usersHandler],
  [devices, deviceHandler],
  [mobile, mobileHandler],
  [organizations, organizationsHandler],
);

/**
 * Who learns that another tenant has a name that is unique on the platform (functions/accounts and functions/telephony,
 * README.md, "Unique on the platform").
 */

const unique = Math.random().toString(36).slice(2, 10);
const hex = (): string =>
  Math.floor(Math.random() * 256)
    .toString(16)
    .padStart(2, '0');
const newMac = (): string => `00:1a:${hex()}:${hex()}:${hex()}:${hex()}`;
const mac = newMac();

/** An ICCID with its check digit (ITU-T E.118, Luhn). */
function newIccid(): string {
  const digits = `8900${Array.from({ length: 14 }, () => Math.floor(Math.random() * 10)).join('')}`;
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return digits + String((10 - (sum % 10)) % 10);
}
const iccid = newIccid();
const username = `held-${unique}`;
const device = { mac_address: mac, name: 'Phone', model: 'T46U', manufacturer: 'Yealink' };

let owned: Promise<void> | undefined;
const held = (): Promise<void> => (owned ??= hold());

async function hold(): Promise<void> {
  const owner = await functions.newTenant();
  expect([
    outcome(await owner.ask('PUT', '/users', { username })),
    outcome(await owner.ask('PUT', '/devices/ata', device)),
    outcome(await owner.ask('PUT', '/mobile/new', { iccid })),
  ]).toEqual(['201', '201', '201']);
}

/** What a caller learns about the three names, beside what it learns about names that no one has. */
const probes = async ({ ask }: Pick<TestTenant, 'ask'>, more: Body = {}): Promise<string[]> => [
  outcome(await ask('PUT', '/users', { username })),
  outcome(await ask('PUT', '/devices/ata', device)),
  outcome(await ask('PUT', '/mobile/new', { iccid, ...more })),
];

test('names of other tenants are confirmed to those only who may create such a thing now', async () => {
  await held();
  const other = await functions.newTenant();
  expect(await probes(other)).toEqual(['409 USERNAME_TAKEN', '409 MAC_EXISTS', '409 ICCID_EXISTS']);
  const full = await functions.newTenant({ limits: { ...organizationOf(0).limits, max_users: 1, max_devices: 1 } });
  await full.ask('PUT', '/users', { username: `only-${unique}` });
  await full.ask('PUT', '/devices/ata', { ...device, mac_address: newMac() });
  expect(await probes(full, { user_id: 'usr_none' })).toEqual([
    '422 LIMIT_EXCEEDED',
    '422 LIMIT_EXCEEDED',
    '422 UNKNOWN_USER',
  ]);
  for (const role of ['agent', 'viewer', 'billing']) {
    const made = await other.ask('PUT', '/users', { username: `${role}-${unique}`, roles: [role] });
    expect(outcome(made)).toBe('201');
    const token = await functions.signIn(other, texts(made)['id'] ?? '');
    const ask: TestTenant['ask'] = (method, path, body) => other.ask(method, path, body, { token });
    expect([role, ...(await probes({ ask }))]).toEqual([
      role,
      '403 INSUFFICIENT_SCOPE',
      '403 INSUFFICIENT_SCOPE',
      '403 INSUFFICIENT_SCOPE',
    ]);
  }
  const organization = { name: `org-${unique}`, country: 'US', timezone: 'UTC', admin: { username } };
  expect(outcome(await other.ask('PUT', '/orgs', organization))).toBe('403 NOT_A_SELLER');
});

/** Names that a tenant may learn of in an hour (shared/http/taken-names.ts). */
const learnedNames = 20;

test('a tenant learns of 20 names of others in an hour, then it claims none, taken or free', async () => {
  await held();
  const other = await functions.newTenant();
  const own = await other.ask('PUT', '/users', { username: `own-${unique}` });
  const id = texts(own)['id'] ?? '';
  for (let turn = 0; turn < 25; turn += 1)
    expect(outcome(await other.ask('PUT', '/users', { username: `own-${unique}` }))).toBe('409 USERNAME_TAKEN');
  expect(await probes(other)).toEqual(['409 USERNAME_TAKEN', '409 MAC_EXISTS', '409 ICCID_EXISTS']);
  for (let learned = 3; learned < learnedNames; learned += 1)
    expect(outcome(await other.ask('PUT', '/users', { username }))).toBe('409 USERNAME_TAKEN');
  const limited = await other.ask('PUT', '/users', { username: `free-${unique}` });
  expect([outcome(limited), Number(limited.headers.get('retry-after')) > 0]).toEqual(['429 RATE_LIMITED', true]);
  expect(await probes(other)).toEqual(['429 RATE_LIMITED', '429 RATE_LIMITED', '429 RATE_LIMITED']);
  expect([
    outcome(await other.ask('POST', `/users/${id}`, { username: `new-${unique}` })),
    outcome(await other.ask('POST', `/users/${id}`, { first_name: 'Ann' })),
    ...(await probes(await functions.newTenant())).slice(0, 1),
    outcome(await functions.askAsOperator('PUT', `/users?org_id=${other.organization}`, { username })),
  ]).toEqual(['429 RATE_LIMITED', '200', '409 USERNAME_TAKEN', '409 USERNAME_TAKEN']);
  functions.clock.advance(3_600);
  expect(outcome(await other.ask('PUT', '/users', { username: `free-${unique}` }))).toBe('201');
});
