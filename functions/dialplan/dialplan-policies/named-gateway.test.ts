import { expect, test } from 'vitest';
import { gatewaysOf, referencesTo } from './named-gateway.ts';

const policy = (gateway: string, failover_gateways: string[] = [], gateway_ids: Record<string, string> = {}) => ({
  ...{ id: 'pol_1', name: 'Calls', priority: 1, conditions: { pattern: '^1' }, gateway_ids },
  actions: { allow: true, gateway, ...(failover_gateways.length === 0 ? {} : { failover_gateways }) },
});
const pstn = { id: 'gw_1', name: 'PSTN' };

test('a policy refers to a gateway by its id or by its unresolved name, case ignored', () => {
  expect(referencesTo(pstn, policy('gw_1', ['pstn', 'other']))).toEqual(['gw_1', 'pstn']);
});

test('a resolved name refers to its gateway only, whichever gateway has the name now', () => {
  expect(referencesTo(pstn, policy('main', [], { main: 'gw_1' }))).toEqual(['main']);
  expect(referencesTo(pstn, policy('pstn', [], { pstn: 'gw_2' }))).toEqual([]);
});

test('a policy without gateways refers to none', () => {
  expect(referencesTo(pstn, { ...policy('x'), actions: { allow: true } })).toEqual([]);
});

test('gateways are tried in the order of the policy', () => {
  expect(gatewaysOf({ gateway: 'a', failover_gateways: ['c', 'b'] })).toEqual(['a', 'c', 'b']);
  expect(gatewaysOf({})).toEqual([]);
});
