import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { create } from '../../shared/dynamodb/write.ts';
import type { AddressOwner } from '../../shared/telephony/trunk-addresses.ts';
import { trunkAddressRow } from '../telephony/rows/trunk-ip.ts';
import { addAccount, runSidecar, type Running } from './sidecar.fixture.ts';

/** Which sources are silenced after they fail to authenticate (functions/sip-sidecar/README.md, "Limits"). */

let store: TestStore;
let sidecar: Running;
beforeAll(async () => {
  store = await startStore();
  sidecar = await runSidecar(store.store);
});
afterAll(async () => {
  await sidecar.close();
  await store.stop();
});

/** Failed authentications that silence a source. */
const tooMany = 20;

/** The status of the answer to OPTIONS from an address after failures; null: it is silenced. */
async function answerTo(from: string, failures: number): Promise<number | null> {
  const account = await addAccount(store.store, { device: `dev_${from}` });
  const [phone, bystander] = await Promise.all([
    sidecar.phone({ ...account, password: 'guessed' }, { from }),
    sidecar.phone(account),
  ]);
  for (let at = 0; at < failures; at += 1) expect((await phone.register()).status).toBe(403);
  let status: number | null = null;
  const asked = phone.ask('OPTIONS').then((answer) => {
    status = answer.status;
  });
  asked.catch(() => undefined);
  // Packets are answered in their order: an answer would have come before those to another address.
  for (let at = 0; at < 3; at += 1) await bystander.ask('OPTIONS');
  phone.close();
  bystander.close();
  return status;
}

const owned = (address: string, more: Partial<AddressOwner>) =>
  commit(store.store, 0, [
    create(trunkAddressRow, {
      address,
      port: 5_060,
      owners: [{ org_id: 1_001, trunk_id: 'trunk_1', type: 'carrier', active: true, ...more }],
      version: 1,
    }),
  ]);

test('a source that guesses passwords is silenced, also if its tenant says that it is a trunk', async () => {
  await owned('127.0.0.3', {});
  expect(await answerTo('127.0.0.2', tooMany - 1)).toBe(200);
  expect(await answerTo('127.0.0.3', tooMany)).toBeNull();
});

test('a trunk address that the seller or the operator has set is not silenced', async () => {
  await owned('127.0.0.4', { trusted: true });
  await eventually(async () => expect(await answerTo('127.0.0.4', tooMany)).toBe(200), 10_000);
});

test('a trunk address that is not active is silenced, whoever has set it', async () => {
  await owned('127.0.0.5', { trusted: true, active: false });
  expect(await answerTo('127.0.0.5', tooMany)).toBeNull();
});
