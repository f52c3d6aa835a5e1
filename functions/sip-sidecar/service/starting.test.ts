import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Sender } from '#dynamodb/client.ts';
import { past } from '#test/support/eventually.ts';
import { newPhone } from '#test/support/sip-phone.fixture.ts';
import { startStore } from '#test/support/store.fixture.ts';
import { addAccount, runSidecar, sipDomain } from './sidecar.fixture.ts';

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

test('a call that arrives before the first heartbeat waits for it, and gets no 503', async () => {
  await using everything = new AsyncDisposableStack();
  const { store, stop } = await startStore();
  everything.defer(stop);
  const account = await addAccount(store);
  const gate = Promise.withResolvers<undefined>();
  const client: Sender = {
    send: (command: object) => gate.promise.then(() => store.client.send(command as never)),
  };
  const port = await freePort();
  const ports = { 'sip-udp': port, 'sip-tcp': 0, 'sip-tls': 0, 'sip-ws': 0, control: 0, health: 0 };
  const starting = runSidecar({ ...store, client }, { ports });
  const phone = await newPhone({ address: '127.0.0.1', port }, { ...account, domain: sipDomain });
  everything.defer(() => phone.close());
  const answers: number[] = [];
  const asked = phone.ask('INVITE').then(({ status }) => answers.push(status));
  await past(1_000);
  expect(answers).toEqual([]);
  gate.resolve(undefined);
  const sidecar = await starting;
  everything.defer(() => sidecar.close());
  await asked;
  expect(answers).toEqual([407]);
});
