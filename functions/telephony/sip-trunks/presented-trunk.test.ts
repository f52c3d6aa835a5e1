import { describe, expect, test } from 'vitest';
import { newRegistration, afterSuccess } from '#telephony/trunk-registration.ts';
import { gatewayOf } from '#test/support/resources.fixture.ts';
import { presentTrunk, routesOf, SipTrunk, trunkDocument } from './presented-trunk.ts';
import { newTrunk } from './sip-trunk.ts';

const now = '2026-11-20T10:00:00.000Z';
const trunk = newTrunk(
  { name: 'Carrier', host: 'sip.example.com', register: true, username: 'user', codecs: ['OPUS', 'GSM'] },
  'sealed',
  { id: 'trunk_1', organization: 1001, type: 'carrier', now },
);

describe('a trunk as answered', () => {
  test('has no password and no internal fields', () => {
    const presented = presentTrunk(trunk, undefined, now);
    expect(JSON.stringify(presented)).not.toContain('sealed');
    expect(Object.keys(presented)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(version|org_id|suspended_by_operator|registration_epoch)$/)]),
    );
    expect(presented).toMatchObject({ has_password: true, organization_id: 'org_1001', protocol: 'sip' });
    expect(SipTrunk.safeParse(presented).success).toBe(true);
  });

  test('is pending until it is registered', () => {
    const begun = newRegistration(1, now);
    expect([
      presentTrunk(trunk, begun, now).status,
      presentTrunk(trunk, afterSuccess(begun, now, 3_600), now).status,
    ]).toEqual(['pending', 'active']);
  });
});

describe('a trunk as XML', () => {
  test('has an element for each codec', () => {
    expect(trunkDocument(presentTrunk(trunk, undefined, now)).siptrunk.codecs).toEqual({ codec: ['OPUS', 'GSM'] });
  });

  test('has an element for each route and URI of its registration', () => {
    const routes = { service_route: ['<sip:a.example;lr>'], associated_uris: ['tel:+46890510'] };
    const registered = afterSuccess(newRegistration(1, now), now, 3_600, { routes });
    expect(trunkDocument(presentTrunk(trunk, registered, now)).siptrunk.registration).toMatchObject({
      service_route: { route: routes.service_route },
      associated_uris: { uri: routes.associated_uris },
    });
  });

  test('has addresses and routes only if they were asked for', () => {
    const presented = presentTrunk(trunk, undefined, now);
    const route = { type: 'number' as const, id: 'num_1', number: '+46890510' };
    expect(trunkDocument(presented).siptrunk).not.toHaveProperty('routes');
    expect(trunkDocument({ ...presented, ips: [], routes: [route] }).siptrunk).toMatchObject({
      ips: { ip: [] },
      routes: { route: [route] },
    });
  });
});

describe('the routes of a trunk', () => {
  const gateway = gatewayOf({ trunk_id: 'trunk_1' });
  const policy = (id: string, to: string): Parameters<typeof routesOf>[1][number] => ({
    id,
    name: id,
    priority: 10,
    conditions: { pattern: '^1' },
    actions: { allow: true, gateway: to },
  });

  test('are its gateways, the policies that name these, and its numbers', () => {
    expect(
      routesOf(
        [gateway],
        [policy('pol_1', 'PSTN'), policy('pol_2', 'gw_1'), policy('pol_3', 'other')],
        [{ id: 'num_1', number: '+46890510' }],
      ).map(({ id }) => id),
    ).toEqual(['gw_1', 'pol_1', 'pol_2', 'num_1']);
  });

  test('contain no policy without a gateway of the trunk', () => {
    expect(routesOf([], [policy('pol_1', 'pstn')], [])).toEqual([]);
  });
});
