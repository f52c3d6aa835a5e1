import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newCaller } from '#test/support/sip-caller.fixture.ts';
import { sidecarClient, type Sidecar } from '#sidecar/client.ts';
import { addAccount, testSidecar } from '../service/sidecar.fixture.ts';

const id = 'cmd_01KAFB5Q4S0000000000000000';
const organization = 1_001;
const from = '127.8.0.1';

const task = testSidecar();
let client: Sidecar;
beforeAll(() => {
  client = sidecarClient({ store: task.store, secrets: task.sidecar.secrets, clock: () => new Date(), fetch });
});

test('a token arrives at the address and port', async () => {
  const holder = await newCaller(task.sidecar.bound.udp, from);
  const token = '0123456789abcdef'.repeat(2);
  const challenge = { id, address: from, port: holder.port, token, timeout_seconds: 1 };
  expect(await client.challengeAddress(challenge)).toEqual({ kind: 'unanswered' });
  await eventually(() => expect(holder.received[0]).toMatch(/^OPTIONS sip:127\.8\.0\.1/));
  expect(holder.received[0]).toContain(`X-Verification-Token: ${token}`);
  holder.close();
});

test('the phones of other organizations at an address are known', async () => {
  const phone = await task.sidecar.phone(await addAccount(task.store, { organization }), { from });
  await eventually(async () => expect((await phone.register()).status).toBe(200));
  const asked = (other: number, address: string) =>
    client.hasPhonesAt({ id: `${id.slice(0, -1)}${other % 10}`, organization: other, address, timeout_seconds: 5 });
  expect([await asked(organization, from), await asked(1_002, from), await asked(1_003, '127.8.0.2')]).toEqual([
    false,
    true,
    false,
  ]);
  phone.close();
});
