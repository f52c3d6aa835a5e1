import { describe, expect, test } from 'vitest';
import { omit } from '#schema/omit.ts';
import { unknownHealth } from '#telephony/gateway-health.ts';
import { newTrunk } from '../sip-trunks/sip-trunk.ts';
import { matchesFilter, presentGateway, SipGateway } from './presented-gateway.ts';
import { newGateway } from './sip-gateway.ts';

const now = '2026-11-20T10:00:00.000Z';
const identity = { id: 'gw_1', organization: 1001, now };
const gateway = newGateway({ name: 'PSTN', host: 'gw.example.com' }, 'sealed', identity);
const byTrunk = newGateway({ name: 'by-trunk', trunk_id: 'trunk_1' }, null, identity);
const trunk = newTrunk({ name: 'Carrier', host: 'sip.example.com', username: 'user' }, 'sealed', {
  ...identity,
  id: 'trunk_1',
  type: 'carrier',
});
const down = { ...unknownHealth, status: 'down' as const, last_ping: Date.parse(now) };

describe('a gateway as answered', () => {
  test('has no password and no internal fields', () => {
    const presented = presentGateway(gateway, undefined, undefined);
    expect(JSON.stringify(presented)).not.toContain('sealed');
    expect(presented).not.toHaveProperty('peer');
    expect(presented).toMatchObject({ has_password: true, organization_id: 'org_1001', status: 'unknown' });
    expect(SipGateway.safeParse(presented).success).toBe(true);
  });

  test('does not sign unless it is asked to, also one that was stored before it could', () => {
    const signing = newGateway({ name: 'PSTN', host: 'gw.example.com', stir: 'sign' }, null, identity);
    const shown = [gateway, signing, omit(gateway, 'stir')].map((each) => presentGateway(each, undefined, undefined));
    expect(shown.map(({ stir }) => stir)).toEqual(['off', 'sign', 'off']);
  });

  test('has the peer of its trunk, and none after the trunk was deleted', () => {
    expect(presentGateway(byTrunk, undefined, trunk)).toMatchObject({
      host: 'sip.example.com',
      username: 'user',
      has_password: true,
    });
    expect(presentGateway(byTrunk, undefined, undefined)).toMatchObject({
      host: null,
      port: null,
      has_password: false,
      codecs: [],
    });
  });

  test('has the status of its health, and is unknown while disabled', () => {
    expect(presentGateway(gateway, down, undefined)).toMatchObject({ status: 'down', last_ping: now });
    expect(presentGateway({ ...gateway, enabled: false }, down, undefined).status).toBe('unknown');
  });
});

test.each([
  [{}, true],
  [{ status: 'down' }, true],
  [{ status: 'healthy' }, false],
  [{ enabled: true }, true],
  [{ enabled: false }, false],
  [{ trunk_id: 'trunk_1' }, false],
  [{ q: 'st' }, true],
  [{ q: 'x' }, false],
])('a list with the filter %o contains the gateway: %s', (filter, expected) => {
  expect(matchesFilter(gateway, down, filter)).toBe(expected);
});
