import { expect, test } from 'vitest';
import { ha1Of } from '#telephony/ha1.ts';
import {
  newAccount,
  anyAccountRow,
  sipAccountRow,
  validHa1,
  type AnyAccountItem,
  type PhoneAccountItem,
  type SipAccountItem,
} from '#functions/telephony/rows/sip-account.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { moveSipDomain } from './accounts.ts';

const stores = testStore();

const seals = sealsFrom(rotatedSecret<'sealing-keys'>());
const [before, after] = ['api.example.com', 'sip.example.org'];

async function addAccount(username: string, domain: string = before): Promise<string> {
  const { password, sealed } = await deviceSecrets(seals, 1_001, 'dev_1').newSipPassword(username);
  const account = newAccount(
    { sip_username: username, line_number: 1, extension: '201', label: 'Ann', type: 'primary' },
    { id: 'dev_1', kind: 'phone', user_id: null },
    { organization: 1_001, domain, password: sealed, ha1: [ha1Of({ username, realm: domain, password })] },
  );
  await commit(stores.store, 0, [
    overwrite<'sip-credential', SipAccountItem, { sip_username: string }>(sipAccountRow, account),
  ]);
  return password;
}

const read = async (username: string): Promise<SipAccountItem> => {
  const found = await tableFor<'sip-credential'>(stores.store, 0).get<
    'sip-credential',
    SipAccountItem,
    { sip_username: string }
  >(sipAccountRow, { sip_username: username });
  if (found === undefined) throw new Error(`there is no account ${username}`);
  return found;
};

test('every account gets credentials of the new domain, and those of the old one stay valid', async () => {
  const password = await addAccount('ann');
  await addAccount('bob');
  expect(await moveSipDomain(stores.store, seals, after)).toEqual({ moved: 2, unchanged: 0, busy: 0 });
  const account = await read('ann');
  expect(account).toMatchObject({ domain: after, version: 2 });
  for (const realm of [before, after])
    expect(validHa1(account, realm, new Date())).toEqual([ha1Of({ username: 'ann', realm, password })]);
});

test('a repetition changes nothing', async () => {
  expect(await moveSipDomain(stores.store, seals, after)).toEqual({ moved: 0, unchanged: 2, busy: 0 });
  expect(await read('bob')).toMatchObject({ version: 2 });
});

test('a phone line stays in its realm', async () => {
  const line: PhoneAccountItem = {
    ...{ sip_username: 'line', org_id: 1_001, kind: 'line', user_id: null, domain: before, version: 1 },
    ...{ ha1: [ha1Of({ username: 'line', realm: before, password: 'secret' })], other_ha1: [] },
    ...{ allow_features: ['inbound'], expires_at: '2026-11-20T00:00:00.000Z' },
  };
  await commit(stores.store, 0, [
    overwrite<'sip-credential', AnyAccountItem, { sip_username: string }>(anyAccountRow, line),
  ]);
  expect(await moveSipDomain(stores.store, seals, after)).toEqual({ moved: 0, unchanged: 2, busy: 0 });
});

test('an account of a domain of its organization keeps it, and gets credentials of the new one', async () => {
  const password = await addAccount('eve', 'pbx.example.net');
  const name = { host: 'pbx.example.net', claim: 'active' as const, org_id: 1_001, domain_id: 'dom_1' };
  await commit(stores.store, 0, [create(domainNameRow, name)]);
  expect(await moveSipDomain(stores.store, seals, after)).toEqual({ moved: 1, unchanged: 2, busy: 0 });
  const account = await read('eve');
  expect(account.domain).toBe('pbx.example.net');
  for (const realm of ['pbx.example.net', after])
    expect(validHa1(account, realm, new Date())).toEqual([ha1Of({ username: 'eve', realm, password })]);
  expect(await moveSipDomain(stores.store, seals, after)).toEqual({ moved: 0, unchanged: 3, busy: 0 });
});
