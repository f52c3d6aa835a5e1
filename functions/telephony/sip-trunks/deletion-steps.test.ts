import { expect, test } from 'vitest';
import { unknownHealth } from '#telephony/gateway-health.ts';
import { newGateway } from '../sip-gateways/sip-gateway.ts';
import { disable } from './deletion-steps.ts';

const now = '2026-11-20T12:00:00.000Z';
const gatewayOf = (id: string) => newGateway({ name: id, trunk_id: 'trunk_1' }, null, { id, organization: 1001, now });

test('gateways of a deleted trunk are disabled, and those with a health lose it', async () => {
  const gateways = [gatewayOf('gw_1'), gatewayOf('gw_2')];
  const read = { ...unknownHealth, response_time_ms: 12, id: 'gw_1', version: 1 };
  const disabled = await disable({ healthOf: async () => [read, undefined] }, gateways, new Date(now));
  expect(disabled).toMatchObject([
    { before: { id: 'gw_1', enabled: true }, after: { enabled: false }, health: { read: { id: 'gw_1' } } },
    { before: { id: 'gw_2', enabled: true }, after: { enabled: false }, health: undefined },
  ]);
  expect(disabled[0]?.health?.after.response_time_ms).toBeNull();
});
