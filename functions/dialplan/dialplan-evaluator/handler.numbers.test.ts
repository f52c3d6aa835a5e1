import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noon } from '../../../test/support/dependencies.fixture.ts';
import { commit } from '../../../shared/dynamodb/commit.ts';
import { gatewayHealthRow } from '../../../shared/dynamodb/rows/gateway-health.ts';
import { gatewayRow } from '../../../shared/dynamodb/rows/gateway.ts';
import { trunkRow } from '../../../shared/dynamodb/rows/trunk.ts';
import { create, overwrite } from '../../../shared/dynamodb/write.ts';
import { unknownHealth } from '../../../shared/telephony/gateway-health.ts';
import type { NumberFormat } from '../../../shared/telephony/number-format.ts';
import { newGateway } from '../../telephony/sip-gateways/sip-gateway.ts';
import { newTrunk } from '../../telephony/sip-trunks/sip-trunk.ts';
import { policyOf, startEvaluators, type Evaluators, type TenantOptions } from './evaluators.fixture.ts';

/** Which number a call is priced by, with gateways and trunks that are stored. */

let running: Evaluators;
beforeAll(async () => {
  running = await startEvaluators();
});
afterAll(() => running.stop());

const now = noon.toISOString();
const policies = [
  policyOf('pol_1', {
    conditions: { pattern: '.' },
    actions: { allow: true, gateway: 'first', failover_gateways: ['spare'] },
  }),
];
/** 0.01 to connect, then 0.015 a minute in steps of 6 seconds to +1: 0.04 pays for two minutes. Else no rate. */
const prepaid = { accountType: 'prepaid' } as const;
const routing = (name: string, strip: number) => ({ id: `gw_${name}`, name, enabled: true, prefix: '', strip });

/** A tenant whose gateway `first` uses a trunk of this format. */
async function tenantWith(number_format: NumberFormat | null, options: TenantOptions = {}) {
  const tenant = await running.tenant({
    profile: prepaid,
    balance: '0.04',
    policies,
    gateways: [routing('first', 0), routing('spare', 1)],
    ...options,
  });
  const { organization } = tenant;
  const identity = { organization, now };
  const trunk = { name: 'PBX', host: 'sip.example.com', number_format };
  await commit(running.store, organization, [
    create(trunkRow, newTrunk(trunk, null, { ...identity, id: 'trunk_1', type: 'carrier' })),
    create(gatewayRow, newGateway({ name: 'first', trunk_id: 'trunk_1' }, null, { ...identity, id: 'gw_first' })),
    create(gatewayRow, newGateway({ name: 'spare', host: 'b.example' }, null, { ...identity, id: 'gw_spare' })),
  ]);
  return tenant;
}

describe('a call is priced by its number', () => {
  test('in the format of the trunk of its gateway', async () => {
    const called = { called: '94155550100' };
    expect(await (await tenantWith(null)).decide(called)).toMatchObject({ allowed: false, reason: 'NO_RATE' });
    const formatted = await tenantWith({ strip: ['9'] });
    expect(await formatted.decide(called)).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
  });

  test('as the first gateway is sent it, which is the next one while that is down', async () => {
    const { organization, decide } = await tenantWith(null);
    const called = { called: '94155550100' };
    expect(await decide(called)).toMatchObject({ allowed: false, reason: 'NO_RATE' });
    const down = { ...unknownHealth, id: 'gw_first', version: 1, status: 'down' as const };
    await commit(running.store, organization, [overwrite(gatewayHealthRow, down)]);
    expect(await decide(called)).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
  });

  test('at no cost of the store for a postpaid account that permits calls without a rate', async () => {
    const callsOf = async (profile: NonNullable<TenantOptions['profile']>) => {
      const { decide, storeCalls } = await tenantWith({ strip: ['9'] }, { profile });
      await decide();
      const before = storeCalls();
      expect(await decide({ called: '94155550100' })).toMatchObject({ allowed: true });
      return storeCalls() - before;
    };
    const permits = await callsOf({});
    expect(await callsOf({ unratedCalls: 'deny' })).toBeGreaterThan(permits);
    // The session with plan and profile, the health of the gateways, and the balance.
    expect(permits).toBe(3);
  });
});
