import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { tableFor } from '#dynamodb/table.ts';
import { balanceOf } from '../../billing/charging/balance.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { account, nextOrganization, sender } from './sender.fixture.ts';
import { queuedSms } from './sms.fixture.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

describe('the reseller', () => {
  test('is charged once for a message of its customer', async () => {
    const reseller = nextOrganization();
    await account(running.store, reseller);
    const { send, sms, balance } = await sender(running.store, { messages: [queuedSms()], parent: reseller });
    await send('msg_1', 'msg_1');
    await send('msg_1');
    const { items } = await tableFor<'balance'>(running.store, reseller).query(creditRow, {});
    expect(balanceOf(items)).toEqual({ credits: 0n, charges: 7_500n, reservations: 0n });
    expect(await balance()).toMatchObject({ charges: 7_500n });
    expect((await sms()).wholesale).toMatchObject({ amount: 7_500 });
  });

  test('is charged later if that broke off', async () => {
    const reseller = nextOrganization();
    await account(running.store, reseller);
    const due = queuedSms({ status: 'sent', money: 'charged', wholesale: 'due' });
    const { send, sms } = await sender(running.store, { messages: [due], parent: reseller });
    await send('msg_1');
    const { items } = await tableFor<'balance'>(running.store, reseller).query(creditRow, {});
    expect(balanceOf(items)).toMatchObject({ charges: 7_500n });
    expect(await sms()).toMatchObject({ status: 'sent', wholesale: { amount: 7_500 } });
  });
});
