import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startSidecarProcess } from '../support/sidecar-process.fixture.ts';
import { newPhone, type Phone } from '../support/sip-phone.fixture.ts';
import { testStore } from '../support/store.fixture.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { addAccount, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';

const running = testStore();
const everything = new AsyncDisposableStack();
afterAll(() => everything.disposeAsync());

let commands = 0;
const notify = (device: string) => {
  commands += 1;
  const secrets = { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' };
  return sidecarClient({ store: running.store, secrets, clock: () => new Date(), fetch }).notify({
    id: `cmd_${String(commands).padStart(26, '0')}`,
    organization: 1_001,
    device,
    event: 'check-sync',
    timeout_seconds: 2,
  });
};

async function registeredPhone(server: Parameters<typeof newPhone>[0], device: string): Promise<Phone> {
  const phone = await newPhone(server, { ...(await addAccount(running.store, { device })), domain: sipDomain });
  everything.defer(() => phone.close());
  expect((await phone.register()).status).toBe(200);
  return phone;
}

test('after kill -9 and a restart on its port, a task reaches silent phones within 10 s', async () => {
  const first = await startSidecarProcess(running);
  const phone = await registeredPhone(first.bound.udp, 'dev_silent');
  await first.stop('SIGKILL');

  const elsewhere = await startSidecarProcess(running);
  everything.defer(() => elsewhere.stop());
  const foreign = await registeredPhone(elsewhere.bound.udp, 'dev_elsewhere');
  const second = await startSidecarProcess(running, first.bound.udp.port);
  everything.defer(() => second.stop());
  await eventually(
    async () => expect(await notify('dev_silent')).toEqual({ kind: 'answered', response_code: 200 }),
    10_000,
  );
  await eventually(() => expect(phone.notified.map(({ method }) => method)).toContain('OPTIONS'), 10_000);
  // The phone of another socket stays with its task.
  await eventually(
    async () => expect(await notify('dev_elsewhere')).toEqual({ kind: 'answered', response_code: 200 }),
    10_000,
  );
  expect(foreign.notified.map(({ method }) => method)).toEqual(['NOTIFY']);
});
