import { afterAll, beforeAll, expect, test } from 'vitest';
import { ha1Of } from '../../functions/telephony/devices/ha1.ts';
import {
  newAccount,
  sipAccountRow,
  validHa1,
  type SipAccountItem,
} from '../../functions/telephony/rows/sip-account.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { tableFor } from '../../shared/dynamodb/table.ts';
import { overwrite } from '../../shared/dynamodb/write.ts';
import { deviceSecrets } from '../../shared/secrets/device-secrets.ts';
import { sealsFrom } from '../../shared/secrets/seals.ts';
import { rotatedSecret } from '../../test/support/secrets.fixture.ts';
import { startStore } from '../../test/support/store.fixture.ts';
import { moveSipDomain } from './accounts.ts';

let stores: Awaited<ReturnType<typeof startStore>>;
beforeAll(async () => {
  stores = await startStore();
});
afterAll(() => stores.stop());

const seals = sealsFrom(rotatedSecret<'sealing-keys'>());
const [before, after] = ['api.example.com', 'sip.example.org'];

async function addAccount(username: string): Promise<string> {
  const { password, sealed } = await deviceSecrets(seals, 1_001, 'dev_1').newSipPassword(username);
  const account = newAccount(
    { sip_username: username, line_number: 1, extension: '201', label: 'Ann', type: 'primary' },
    { id: 'dev_1', kind: 'phone', user_id: null },
    { organization: 1_001, domain: before, password: sealed, ha1: [ha1Of({ username, realm: before, password })] },
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
