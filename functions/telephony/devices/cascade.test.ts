import { expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { bindingRow } from '../rows/binding.ts';
import { deviceBody } from './example-requests.fixture.ts';
import { deviceHandler } from './handler.ts';

const running = testStore();

const at = '2026-11-20T12:00:00.000Z';
const end = { address: '192.0.2.7', port: 5_060 };

/** An organization with a device that is registered. @returns ids */
async function registeredDevice(organization: number): Promise<{ readonly organization: number; readonly id: string }> {
  const token = await (await tenantsIn(running.store)).join(organization);
  const handler = deviceHandler({ ...testDependencies(running.store), secrets: rotatedSecret() });
  const created = await call(handler, 'PUT /devices/{id}', {
    ...{ token, params: { id: 'phone' }, json: deviceBody({ mark: 'Desk' }) },
  });
  const id = textAt(created.body, 'data', 'id');
  await commit(running.store, organization, [
    overwrite(bindingRow, {
      ...{ sip_username: id, contact_key: 'one', contact: `sip:${id}@192.0.2.7`, device_id: id, line_number: 1 },
      ...{ owner: 'task_1', owner_address: '10.0.1.7:8443', flow: { transport: 'udp', remote: end, local: end } },
      ...{ registered_at: at, refreshed_at: at, expires_at: at, call_id: 'c1', cseq: 1, user_agent: null, q: 1 },
    }),
  ]);
  return { organization, id };
}

async function stored({ organization, id }: { readonly organization: number; readonly id: string }) {
  const table = tableFor<'device' | 'binding'>(running.store, organization);
  return {
    devices: (await table.query(deviceRow, {})).items.length,
    registrations: (await table.query(bindingRow, { sip_username: id })).items.length,
  };
}

test('the devices of a closed organization go with their registrations, and those of others stay', async () => {
  const [closed, other] = [await registeredDevice(5_450), await registeredDevice(5_451)];
  await cascadesIn(running.store)(closed.organization, 'org.closed', 'org_5450');
  expect(await stored(closed)).toEqual({ devices: 0, registrations: 0 });
  expect(await stored(other)).toEqual({ devices: 1, registrations: 1 });
});
