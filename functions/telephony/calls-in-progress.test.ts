import { beforeEach, describe, expect, test } from 'vitest';
import { numberOf } from '#test/support/resources.fixture.ts';
import { deviceOf } from '#test/support/resources.fixture.ts';
import { testDependencies, manualClock, noon } from '#test/support/dependencies.fixture.ts';
import { invokeEmergencyWarnings } from '#test/support/emergency-warnings.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Call } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { sidecarWhere } from '#test/support/sidecar.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { channelWrites } from '#dynamodb/rows/channel.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import type { Channel } from '#telephony/call.ts';
import { controlHandler } from './device-control/handler.ts';
import { numbersHandler } from './numbers/handler.ts';
import { gatewaysHandler } from './sip-gateways/handler.ts';
import { examples as gatewayExamples } from './sip-gateways/examples.ts';
import { trunksHandler } from './sip-trunks/handler.ts';

/** What is not deleted, released or rebooted while it has calls, and what shows them. */

const service = startService((dependencies) => trunksHandler({ ...dependencies, secrets: rotatedSecret() }));
let organization = 5_600;
let token: string;
let handlers: Readonly<Record<'trunks' | 'gateways' | 'numbers' | 'control', ApiHandler>>;
let rebooted: string[];

beforeEach(async () => {
  organization += 1;
  token = await (await tenantsIn(service.store)).join(organization);
  rebooted = [];
  const dependencies = {
    ...testDependencies(service.store, { clock: manualClock(noon.toISOString()) }),
    invoke: invokeEmergencyWarnings(service.store),
    secrets: rotatedSecret(),
    sidecar: sidecarWhere({
      notify: async ({ device }) => {
        rebooted.push(device);
        return { kind: 'answered', response_code: 200 };
      },
    }),
  };
  handlers = {
    trunks: trunksHandler(dependencies),
    gateways: gatewaysHandler(dependencies),
    numbers: numbersHandler(dependencies),
    control: controlHandler(dependencies),
  };
});

const ask = (of: keyof typeof handlers, route: string, request: Call = {}) =>
  call(handlers[of], route, { token, ...request });
const begin = (kind: Channel['kind'], id: string) =>
  commit(service.store, organization, channelWrites([], [{ kind, id, direction: 'inbound' }]));

describe('with a call in progress', () => {
  test('a trunk is not deleted unless forced', async () => {
    const json = { name: 'Carrier', type: 'carrier', host: 'sip.example.com' };
    const made = await ask('trunks', 'PUT /siptrunk/{id}', { params: { id: 'new' }, json });
    const id = made.body.data['id'] ?? '';
    await begin('trunk', id);
    const remove = (query: Readonly<Record<string, string>>) =>
      ask('trunks', 'DELETE /siptrunk/{id}', { params: { id }, query });
    expect([outcome(await remove({})), outcome(await remove({ force: 'true' }))]).toEqual([
      '409 TRUNK_HAS_ACTIVE_CALLS',
      '200',
    ]);
  });

  test('a gateway is not deleted unless forced', async () => {
    const json = gatewayExamples.createGateway;
    const made = await ask('gateways', 'PUT /sipgateways/{id}', { params: { id: 'new' }, json });
    const id = made.body.data['id'] ?? '';
    await begin('gateway', id);
    const remove = (query: Readonly<Record<string, string>>) =>
      ask('gateways', 'DELETE /sipgateways/{id}', { params: { id }, query });
    expect([outcome(await remove({})), outcome(await remove({ force: 'true' }))]).toEqual([
      '409 GATEWAY_IN_USE',
      '200',
    ]);
  });

  test('a number shows its channels, and is not released unless forced', async () => {
    const number = `+4670${organization}000`;
    await commit(service.store, organization, [create(numberRow, numberOf({ number, org_id: organization }))]);
    await begin('number', number);
    const params = { id: number };
    expect((await ask('numbers', 'GET /numbers/{id}/channels', { params })).body).toMatchObject({
      data: { in_use: { inbound: 1, outbound: 0, total: 1 } },
    });
    const release = (query: Readonly<Record<string, string>>) =>
      ask('numbers', 'DELETE /numbers/{id}', { params, query });
    expect([outcome(await release({})), outcome(await release({ force: 'true' }))]).toEqual([
      '409 NUMBER_IN_USE',
      '200',
    ]);
  });

  test('a device is not rebooted unless forced, or later', async () => {
    await commit(service.store, organization, [create(deviceRow, deviceOf())]);
    await begin('device', 'dev_1');
    const reboot = async (json: object) =>
      outcome(await ask('control', 'PUT /devices/reboot/{deviceId}', { params: { deviceId: 'dev_1' }, json }));
    expect([await reboot({}), await reboot({ delay: 60 }), rebooted]).toEqual(['409 DEVICE_IN_CALL', '200', []]);
    expect([await reboot({ force: true }), rebooted]).toEqual(['200', ['dev_1']]);
  });
});
