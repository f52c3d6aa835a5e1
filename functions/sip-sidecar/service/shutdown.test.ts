import { BatchGetItemCommand, BatchWriteItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { addAccount, runSidecar } from './sidecar.fixture.ts';

const running = testStore();

/**
 * A store that holds the writes of REGISTERs back until `open` is called. `waiting`: REGISTERs that have reached the
 * store; `stored`: writes that have.
 */
function gated({ client, tableName }: Store, held: 'first' | 'refresh' = 'first') {
  const { promise: opened, resolve: open } = Promise.withResolvers<unknown>();
  const waiting: string[] = [];
  const stored: string[] = [];
  const send = async (command: Parameters<Store['client']['send']>[0]): Promise<unknown> => {
    const text = JSON.stringify(command.input);
    // A REGISTER reads the state of its device and is then written, both in batches.
    if (command instanceof BatchGetItemCommand) waiting.push(...(text.match(/"device-state#/g) ?? []));
    const isHeld =
      held === 'first'
        ? command instanceof TransactWriteItemsCommand && text.includes('"binding#')
        : command instanceof BatchWriteItemCommand;
    if (isHeld) {
      stored.push(held);
      await opened;
    }
    return client.send(command);
  };
  return { store: { tableName, client: { send: send as Store['client']['send'] } }, waiting, stored, open };
}

test.each([
  ['first', 'udp'],
  ['first', 'tcp'],
  ['refresh', 'udp'],
] as const)(
  'a %s REGISTER over %s that is being stored is answered before the sidecar stops',
  async (held, transport) => {
    const { store, stored, open } = gated(running.store, held);
    const sidecar = await runSidecar(store);
    const phone = await sidecar.phone(await addAccount(running.store, { device: `dev_${held}_${transport}` }), {
      transport,
    });
    if (held === 'refresh') await phone.register();
    const answer = phone.register();
    await eventually(() => stored.length > 0);
    const closed = sidecar.close();
    setTimeout(() => open(null), 200);
    expect((await answer).status).toBe(200);
    await closed;
    phone.close();
  },
);

test('a NOTIFY in progress is completed before the sidecar stops', async () => {
  const sidecar = await runSidecar(running.store);
  const phone = await sidecar.phone(await addAccount(running.store, { device: 'dev_notified' }));
  await phone.register();
  phone.answers = null;
  const asked = sidecarClient({
    store: running.store,
    secrets: sidecar.secrets,
    clock: () => new Date(),
    fetch,
  }).notify({
    id: sidecar.dependencies.nextId('cmd'),
    organization: 1_001,
    device: 'dev_notified',
    event: 'check-sync',
    timeout_seconds: 1,
  });
  await eventually(() => phone.notified.length > 0);
  await sidecar.close();
  expect(await asked).toEqual({ kind: 'timeout' });
  phone.close();
});

test('while 100 REGISTERs are stuck, new ones get 503 over TCP, and those are answered in the end', async () => {
  const { store, waiting, open } = gated(running.store);
  const sidecar = await runSidecar(store);
  const newPhone = async (device: string) =>
    sidecar.phone(await addAccount(running.store, { device }), { transport: 'tcp' });
  const phones = await Promise.all(Array.from({ length: 100 }, (_value, at) => newPhone(`dev_b${at}`)));
  const answers = phones.map((phone) => phone.register());
  await eventually(() => waiting.length === phones.length, 20_000);
  const late = await newPhone('dev_late');
  await eventually(async () => expect((await late.ask('REGISTER')).status).toBe(503));
  open(null);
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
  await sidecar.close();
  for (const phone of [...phones, late]) phone.close();
});
