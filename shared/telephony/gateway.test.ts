import { expect, test } from 'vitest';
import { gatewayOf } from '#test/support/resources.fixture.ts';
import { disableGateway, isNamedBy, isPinged, routingOf } from './gateway.ts';

const gateway = gatewayOf({ name: 'PSTN', prefix: '00', strip: 1, trunk_id: 'trunk_1', version: 7 });

test('a gateway is pinged if it and its pings are enabled', () => {
  const pings = (enabled: boolean, ping: boolean): boolean =>
    isPinged({ enabled, ping: { ...gateway.ping, enabled: ping } });
  expect([pings(true, true), pings(true, false), pings(false, true)]).toEqual([true, false, false]);
});

test('a reference means a gateway by its id or, in any case, by its name', () => {
  expect(['gw_1', 'pstn', 'PSTN', 'GW_1', 'pstn2'].map((reference) => isNamedBy(gateway, reference))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('a disabled gateway keeps everything else, at the next version', () => {
  const now = '2026-11-20T12:00:00.000Z';
  expect(disableGateway(gateway, now)).toEqual({ ...gateway, enabled: false, updated_at: now, version: 8 });
});

test('the dial plan contains what routing needs, and no credentials', () => {
  expect(routingOf(gateway)).toEqual({ id: 'gw_1', name: 'PSTN', enabled: true, prefix: '00', strip: 1 });
});
