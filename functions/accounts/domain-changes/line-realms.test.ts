import { expect, test } from 'vitest';
import type { PhoneLine } from '#schema/phone.ts';
import { moveLine } from './line-realms.ts';

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
const ha1 = (realm: string) => ({ realm, md5: `md5 of ${realm}`, sha256: `sha256 of ${realm}` });
const account = {
  domain: 'old.example',
  ha1: [ha1('old.example')],
  other_ha1: [ha1('second.example'), ha1('platform.example')],
  version: 4,
};
const without = (domain: string, ...realms: readonly string[]) => ({ domain, realms, gone: ['old.example'] });

test('a line whose domain is gone gets the present one', () => {
  expect(moveLine(line, account, without('second.example', 'second.example', 'platform.example'))).toMatchObject({
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
  expect(moveLine(line, account, without('new.example', 'new.example', 'platform.example'))).toMatchObject({
    line: { domain: 'platform.example' },
    account: { ha1: [ha1('platform.example')] },
  });
});

test('a line stays in a domain that is not gone, or if there is no other one for it', () => {
  expect(moveLine(line, account, { ...without('old.example', 'old.example'), gone: [] })).toBeUndefined();
  expect(moveLine(line, account, without('old.example', 'old.example'))).toBeUndefined();
  expect(moveLine(line, { ...account, other_ha1: [] }, without('new.example', 'new.example'))).toBeUndefined();
});
