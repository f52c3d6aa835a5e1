import { expect, test } from 'vitest';
import { deviceOf } from '#test/support/resources.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import type { AccountLine, Device } from '#schema/device.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { accountsAfter, accountTools, createAccount } from './account-steps.ts';
import { ha1Of } from '#telephony/ha1.ts';

const seals = sealsFrom(rotatedSecret<'sealing-keys'>());
const lineOf = (line_number: number): AccountLine => ({
  line_number,
  extension: String(200 + line_number),
  label: null,
  type: 'primary',
  sip_username: `user${line_number}`,
});
const deviceWith = (...lines: readonly AccountLine[]): Device => deviceOf({ lines });
const [one, two] = [lineOf(1), lineOf(2)];
const tools = {
  seals,
  organization: 1_001,
  sipDomains: { domain: 'a.example', realms: ['a.example', 'sip.example.com'] },
};

test('an organization without domains has the realm of the platform', () => {
  expect(accountTools(1_001, [], { seals, platform: 'sip.example.com' }).sipDomains).toEqual({
    domain: 'sip.example.com',
    realms: ['sip.example.com'],
  });
});

test('an account has the credentials of every realm of its organization', async () => {
  const account = await createAccount(one, deviceWith(one), tools);
  const password = await deviceSecrets(seals, 1_001, 'dev_1').openSipPassword(account.password, 'user1');
  expect(account).toMatchObject({
    domain: 'a.example',
    ha1: tools.sipDomains.realms.map((realm) => ha1Of({ username: 'user1', realm, password })),
  });
});

test('new lines get accounts, present ones only when they rotate', async () => {
  const [before, after] = [deviceWith(one), deviceWith(one, two)];
  const old = await createAccount(one, before, tools);
  const reading = { ...tools, read: async () => [old], now: new Date('2026-11-20T10:00:00.000Z') };
  const kept = await accountsAfter(before, after, false, reading);
  expect([kept.added.map(({ sip_username: name }) => name), kept.rotated]).toEqual([['user2'], []]);
  const { rotated } = await accountsAfter(before, after, true, reading);
  expect(rotated).toMatchObject([
    { sip_username: 'user1', version: 2, previous: { ha1: old.ha1, valid_until: '2026-11-21T10:00:00.000Z' } },
  ]);
});
