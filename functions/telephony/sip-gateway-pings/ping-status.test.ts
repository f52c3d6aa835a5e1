import { describe, expect, test } from 'vitest';
import { unknownHealth, type GatewayHealth } from '#telephony/gateway-health.ts';
import { newGateway } from '../sip-gateways/sip-gateway.ts';
import { presentHistory, presentStatus, PingStatus } from './ping-status.ts';

const created = '2026-11-20T00:00:00.000Z';
const now = Date.parse('2026-11-20T12:00:00.000Z');
const gateway = newGateway({ name: 'pstn', host: 'gw.example.com' }, null, {
  id: 'gw_1',
  organization: 1001,
  now: created,
});
const health = (more: Partial<GatewayHealth>): GatewayHealth => ({ ...unknownHealth, last_ping: now, ...more });

describe('the status as answered', () => {
  test('is unknown without health and for a disabled gateway', () => {
    const down = health({ status: 'down', last_error: 'no answer' });
    for (const presented of [
      presentStatus({ gateway, health: undefined, trunk: undefined }, now),
      presentStatus({ gateway: { ...gateway, enabled: false }, health: down, trunk: undefined }, now),
    ])
      expect(presented).toMatchObject({ status: 'unknown', last_ping: null, uptime_percent_24h: null });
  });

  test('has the last error only if it is not healthy', () => {
    const errorOf = (status: GatewayHealth['status']) =>
      presentStatus({ gateway, health: health({ status, last_error: 'slow' }), trunk: undefined }, now).last_error;
    expect([errorOf('degraded'), errorOf('healthy')]).toEqual(['slow', undefined]);
  });

  test('has the uptime since creation and fits its schema', () => {
    const outages = [{ from: now - 3_600_000, to: null }];
    const presented = presentStatus({ gateway, health: health({ status: 'down', outages }), trunk: undefined }, now);
    expect(presented.uptime_percent_24h).toBe(91.67);
    expect(PingStatus.safeParse(presented).success).toBe(true);
  });

  test('has no host if the trunk of the gateway was deleted', () => {
    const byTrunk = { ...gateway, trunk_id: 'trunk_1', peer: null };
    expect(presentStatus({ gateway: byTrunk, health: undefined, trunk: undefined }, now).host).toBeNull();
    expect(presentStatus({ gateway, health: undefined, trunk: undefined }, now).host).toBe('gw.example.com');
  });
});

describe('the history as answered', () => {
  const points = [
    { at: now + 1_000, status: 'down' as const, response_time_ms: null },
    { at: now, status: 'healthy' as const, response_time_ms: 40 },
  ];

  test('has each point, or one an hour', () => {
    expect(presentHistory(points, 'raw')).toHaveLength(2);
    expect(presentHistory(points, 'hour')).toEqual([
      { timestamp: '2026-11-20T12:00:00.000Z', status: 'down', response_time_ms: 40 },
    ]);
  });

  test('has at most 20,000 points', () => {
    const many = Array.from({ length: 20_001 }, () => points[1]!);
    expect(presentHistory(many, 'raw')).toHaveLength(20_000);
  });
});
