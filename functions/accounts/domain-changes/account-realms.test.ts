import { expect, test } from 'vitest';
import { ha1Of } from '#telephony/ha1.ts';
import { differs, needsUpdate, withRealms } from './account-realms.ts';

const username = 'a3b1c5d7e9f0a1b2c3d4e5';
const ha1 = (realm: string) => ha1Of({ username, realm, password: 'secret' });
const account = { sip_username: username, domain: 'sip.platform', ha1: [ha1('sip.platform')], version: 1 };
const wanted = { domain: 'a.example', realms: ['a.example', 'b.example', 'sip.platform'], gone: [] };

test('an account gets the credentials of every realm and keeps those that it has', () => {
  expect(differs(account, wanted)).toBe(true);
  const after = withRealms(account, wanted, 'secret');
  expect(after).toEqual({
    sip_username: username,
    domain: 'a.example',
    ha1: [ha1('sip.platform'), ha1('a.example'), ha1('b.example')],
    version: 2,
  });
  expect(differs(after, wanted)).toBe(false);
});

test('the credentials of a domain that is gone go, those of other realms stay', () => {
  const before = { ...account, ha1: [ha1('old.platform'), ha1('B.Example'), ha1('sip.platform')] };
  const after = withRealms(
    before,
    { domain: 'sip.platform', realms: ['sip.platform'], gone: ['b.example', 'SIP.platform'] },
    'secret',
  );
  expect(after.ha1).toEqual([ha1('old.platform'), ha1('sip.platform')]);
});

test('another domain alone is a difference, and so is a realm alone', () => {
  const realms = ['sip.platform'];
  expect(differs(account, { domain: 'sip.platform', realms, gone: [] })).toBe(false);
  expect(differs(account, { domain: 'a.example', realms, gone: [] })).toBe(true);
  expect(differs(account, { domain: 'sip.platform', realms: [...realms, 'a.example'], gone: [] })).toBe(true);
});

test('a device with another domain has a new file to fetch', () => {
  const device = {
    id: 'dev_1',
    kind: 'phone' as const,
    mac_address: '00:1A:2B:3C:4D:5E',
    name: null,
    user_id: null,
    model: null,
    manufacturer: null,
    template_id: 'default',
    lines: [],
    settings: {},
    provisioning_status: 'provisioned' as const,
    config_version: 3,
    created_at: '2026-11-20T10:00:00.000Z',
    updated_at: '2026-11-20T10:00:00.000Z',
    version: 7,
  };
  expect(needsUpdate(device, '2026-11-21T10:00:00.000Z')).toMatchObject({
    provisioning_status: 'needs_update',
    config_version: 4,
    version: 8,
    updated_at: '2026-11-21T10:00:00.000Z',
  });
});
