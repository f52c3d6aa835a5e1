import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { eventRow, eventsOfEntity } from '#dynamodb/rows/event.ts';
import { gatewayHealthRow, createGatewayHealth } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { trunkRegistrationRow, trunkRow, type TrunkItem, type TrunkRegistrationItem } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { hour, second } from '#schema/time.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { newRegistration, type TrunkRegistration } from '#telephony/trunk-registration.ts';
import { trunkOf } from '#test/support/resources.fixture.ts';
import { pingOf } from '#test/support/resources.fixture.ts';
import { peerOf } from '#test/support/resources.fixture.ts';
import { gatewayOf } from '#test/support/resources.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { bindingRow, bindingsOfDevice } from '../../telephony/rows/binding.ts';
import { addAccount, testSidecar } from './sidecar.fixture.ts';

const task = testSidecar();

const table = () => tableFor(task.store, 1_001);
const ping = pingOf({
  ...{ interval_seconds: 1, timeout_ms: 500, degraded_ms: 500, degraded_loss_percent: 100 },
  ...{ down_after: 2, up_after: 2 },
});
const at = new Date().toISOString();
const peerAt = (port: number) => peerOf({ host: '127.0.0.1', port });
const gatewayEvents = async (id: string) =>
  (
    await table().queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'gateway', id }), { order: 'asc' })
  ).items.map(({ type }) => type);

test('a gateway is pinged, any response but a server failure means alive, and changes are recorded', async () => {
  const peer = await task.sidecar.phone({ username: 'gateway', password: '' });
  task.everything.defer(() => peer.close());
  peer.answers = 403;
  const gateway = gatewayOf({ peer: peerAt(peer.port), ping });
  await commit(task.store, 1_001, [
    create<'gateway', GatewayItem, { id: string }>(gatewayRow, gateway),
    createGatewayHealth('gw_1'),
  ]);
  await eventually(async () => expect(await gatewayEvents('gw_1')).toEqual(['gateway.healthy']), 15_000);
  expect(peer.notified[0]?.method).toBe('OPTIONS');
  peer.answers = 503;
  await eventually(
    async () => expect(await gatewayEvents('gw_1')).toEqual(['gateway.healthy', 'gateway.down']),
    10_000,
  );
  expect(await table().get(gatewayHealthRow, { id: 'gw_1' })).toMatchObject({
    status: 'down',
    last_error: '503 Service Unavailable',
  });
  peer.answers = 200;
  await eventually(async () => expect((await gatewayEvents('gw_1')).at(-1)).toBe('gateway.healthy'), 10_000);
});

const addTrunk = async (
  id: string,
  username: string,
  sealed_password: string | null,
  registration: TrunkRegistration,
): Promise<void> => {
  const trunk = trunkOf({
    ...{ ...peerAt(task.sidecar.bound.udp.port), id, name: id },
    ...{ username, sealed_password, register: true },
  });
  const begun: TrunkRegistrationItem = { ...registration, id, call_id: null, cseq: 0 };
  await commit(task.store, 1_001, [
    create<'trunk', TrunkItem, { id: string }>(trunkRow, trunk),
    create<'trunk-registration', TrunkRegistrationItem, { id: string }>(trunkRegistrationRow, begun),
  ]);
};

test('a trunk is reported as failed when its registration expires, not at its next attempt', async () => {
  const [soon, nextHour] = [second, hour].map((wait) => new Date(Date.now() + wait).toISOString());
  await addTrunk('trunk_2', 'user', null, {
    ...newRegistration(1, at),
    status: 'active',
    state: 'registered',
    expires_at: soon ?? '',
    next_attempt: nextHour ?? '',
    failures: 7,
    last_error: { code: 503, reason: 'Busy', at },
  });
  await eventually(
    async () =>
      expect(await table().get(trunkRegistrationRow, { id: 'trunk_2' })).toMatchObject({
        status: 'pending',
        state: 'failed',
        expires_at: null,
        next_attempt: nextHour,
        last_error: { code: 503 },
        failures: 7,
      }),
    15_000,
  );
  expect(
    (await table().queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'trunk', id: 'trunk_2' }))).items.map(
      ({ type }) => type,
    ),
  ).toEqual(['trunk.registration_failed']);
});

test('a trunk registers with digest at a registrar that challenges', async () => {
  const device = 'dev_registrar';
  const account = await addAccount(task.store, { device });
  const sealed = await sealsFrom(task.sidecar.secrets).seal(account.password, {
    organization: 1_001,
    id: 'trunk_1',
    field: 'password',
  });
  await addTrunk('trunk_1', account.username, sealed, newRegistration(1, at));
  await eventually(
    async () =>
      expect(await table().get(trunkRegistrationRow, { id: 'trunk_1' })).toMatchObject({
        state: 'registered',
        status: 'active',
        last_error: null,
        cseq: 2,
      }),
    15_000,
  );
  const { items: bindings } = await table().queryIndex(bindingRow, 'GSI1', bindingsOfDevice(1_001, device));
  expect(bindings.map(({ contact }) => contact)).toEqual([`sip:${account.username}@sip.example.com:5060`]);
});
