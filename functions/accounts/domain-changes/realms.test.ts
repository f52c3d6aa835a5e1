import { expect, test } from 'vitest';
import { ha1Of } from '#telephony/ha1.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { differs, moveLine, moveTrunks, needsUpdate, withRealms } from './realms.ts';
import { newTrunk } from '../../telephony/sip-trunks/sip-trunk.ts';

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

const line: PhoneLine = {
  username: 'f8ab70c893d0e9f715094b',
  org_id: 1_001,
  user_id: null,
  domain: 'old.example',
  type: 'dynamic',
  allow_features: ['inbound'],
  event_callback: null,
  created_at: '2026-11-22T10:00:00.000Z',
  expires_at: '2026-11-22T11:00:00.000Z',
  ended_at: null,
  version: 1,
};
const lineAccount = {
  domain: 'old.example',
  ha1: [ha1('old.example')],
  other_ha1: [ha1('second.example'), ha1('platform.example')],
  version: 4,
};
const without = (domain: string, ...realms: readonly string[]) => ({ domain, realms, gone: ['old.example'] });

test('a line whose domain is gone gets the present one', () => {
  expect(moveLine(line, lineAccount, without('second.example', 'second.example', 'platform.example'))).toMatchObject({
    line: { domain: 'second.example', version: 2 },
    account: {
      domain: 'second.example',
      ha1: [ha1('second.example')],
      other_ha1: [ha1('platform.example')],
      version: 5,
    },
  });
});

test('a line that has no credentials for the present domain gets another one', () => {
  expect(moveLine(line, lineAccount, without('new.example', 'new.example', 'platform.example'))).toMatchObject({
    line: { domain: 'platform.example' },
    account: { ha1: [ha1('platform.example')] },
  });
});

test('a line stays in a domain that is not gone, or if there is no other one for it', () => {
  expect(moveLine(line, lineAccount, { ...without('old.example', 'old.example'), gone: [] })).toBeUndefined();
  expect(moveLine(line, lineAccount, without('old.example', 'old.example'))).toBeUndefined();
  expect(moveLine(line, { ...lineAccount, other_ha1: [] }, without('new.example', 'new.example'))).toBeUndefined();
});

const now = '2026-11-20T10:00:00.000Z';
const trunk = (id: string, realm: string | null) =>
  newTrunk({ name: id, host: 'pbx.example.com', ...(realm === null ? {} : { realm }) }, null, {
    id,
    organization: 1_001,
    type: 'pbx',
    now,
  });

test('trunks of the realm move, twenty at a time, and others do not', () => {
  const many = Array.from({ length: 25 }, (_, at) => trunk(`trunk_${at}`, 'A.example'));
  const moved = moveTrunks(
    [trunk('trunk_x', null), trunk('trunk_y', 'b.example'), ...many],
    'a.example',
    'c.example',
    now,
  );
  expect(moved).toHaveLength(20);
  expect(moved[0]).toMatchObject({ before: { id: 'trunk_0' }, after: { realm: 'c.example', version: 2 } });
});

test('a trunk that registers does so again with the new realm', () => {
  const before = { ...trunk('trunk_1', 'a.example'), register: true, username: 'u', sealed_password: 'sealed' };
  expect(moveTrunks([before], 'a.example', 'c.example', now)).toMatchObject([
    { after: { registration_epoch: before.registration_epoch + 1 }, registration: { kind: 'begin' } },
  ]);
});
