import { expect, test } from 'vitest';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { ha1Of } from '#telephony/ha1.ts';
import type { TrunkAccountItem } from '../rows/sip-account.ts';
import { changeInbound } from './credentials-steps.ts';
import type { InboundChange } from './sip-trunk.ts';

const seals = sealsFrom(rotatedSecret<'sealing-keys'>());
const tools = { seals, platform: 'sip.example.com' };

const changed = (change: InboundChange, account?: TrunkAccountItem) =>
  changeInbound(
    { id: 'trunk_1', org_id: 1_001, inbound_username: account?.sip_username ?? null },
    change,
    { account: async () => account, domains: async () => ({ domains: [], changes: 0 }) },
    tools,
  );

test('new credentials have a user name, HA1 values for the realms, and a password that only seals open', async () => {
  const made = await changed('make');
  const { sip_username: username, password: sealed, ha1 } = made!.after!;
  const password = await deviceSecrets(seals, 1_001, 'trunk_1').openSipPassword(sealed, username);
  expect(made).toMatchObject({ before: undefined, password });
  expect(ha1).toEqual([ha1Of({ username, realm: 'sip.example.com', password })]);
});

test('a new password keeps the user name, and the former one ends', async () => {
  const { after: account, password: former } = (await changed('make'))!;
  const rotated = await changed('rotate', account);
  expect(rotated).toMatchObject({ before: account, after: { sip_username: account!.sip_username, version: 2 } });
  expect(rotated!.password).not.toBe(former);
  expect(rotated!.after!.ha1).not.toEqual(account!.ha1);
});

test('a trunk that becomes a carrier loses its credentials, and one that keeps them is not read', async () => {
  const { after: account } = (await changed('make'))!;
  expect(await changed('end', account)).toMatchObject({ before: account, after: undefined });
  expect(await changed('keep', account)).toBeUndefined();
});
