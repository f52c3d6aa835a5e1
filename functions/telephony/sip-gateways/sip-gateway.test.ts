import { describe, expect, test } from 'vitest';
import type { Gateway } from '#telephony/gateway.ts';
import { failureOf } from '#test/support/errors.fixture.ts';
import { newTrunk } from '../sip-trunks/sip-trunk.ts';
import { examples } from './examples.ts';
import {
  assertTrunkExists,
  changeGateway,
  gatewayWarnings,
  isPingedDifferently,
  newGateway,
  NewSipGateway,
  replaceGateway,
  SipGatewayChange,
} from './sip-gateway.ts';

const now = '2026-11-20T10:00:00.000Z';
const later = '2026-11-20T11:00:00.000Z';
const newBody = (more: object = {}): NewSipGateway =>
  NewSipGateway.parse({ name: 'pstn', host: 'gw.example.com', ...more });
const gatewayOf = (more: object = {}, sealed: string | null = null): Gateway =>
  newGateway(newBody(more), sealed, { id: 'gw_1', organization: 1001, now });
const changed = (gateway: Gateway, body: object, sealed?: string | null): Gateway =>
  changeGateway(gateway, SipGatewayChange.parse(body), sealed, { organization: 1001, now: later });

describe('a body', () => {
  test('of the examples is accepted', () => {
    expect(NewSipGateway.safeParse(examples.createGateway).success).toBe(true);
    expect(SipGatewayChange.safeParse(examples.updateGateway).success).toBe(true);
  });

  test.each([
    ['name', 'x'.repeat(64), 'x'.repeat(65)],
    ['name', 'a.b_c-1', 'a b'],
    ['name', 'gateway', 'GW_1'],
    ['prefix', '0'.repeat(16), '0'.repeat(17)],
    ['prefix', '', '+46'],
    ['strip', 16, 17],
  ])('limits %s: "%s" is accepted and "%s" is not', (field, accepted, rejected) => {
    expect([accepted, rejected].map((value) => SipGatewayChange.safeParse({ [field]: value }).success)).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ['interval_seconds', 10, 9],
    ['interval_seconds', 3_600, 3_601],
    ['timeout_ms', 500, 499],
    ['timeout_ms', 32_000, 32_001],
    ['degraded_loss_percent', 0.1, 0],
    ['down_after', 20, 21],
    ['up_after', 1, 0],
  ])('limits ping.%s: %i is accepted and %i is not', (field, accepted, rejected) => {
    expect(
      [accepted, rejected].map((value) => SipGatewayChange.safeParse({ ping: { [field]: value } }).success),
    ).toEqual([true, false]);
  });
});

describe('a new gateway', () => {
  test('has the documented defaults', () => {
    expect(gatewayOf()).toMatchObject({
      enabled: true,
      prefix: '',
      strip: 0,
      trunk_id: null,
      stir: 'off',
      peer: { host: 'gw.example.com', port: 5060, transport: 'udp', sealed_password: null },
      ping: { enabled: true, interval_seconds: 30, timeout_ms: 5_000, degraded_ms: 200, degraded_loss_percent: 5 },
    });
  });

  test('needs a host or a trunk', () => {
    expect(failureOf(() => gatewayOf({ host: undefined }))).toBe('MISSING_FIELD host');
    expect(gatewayOf({ host: undefined, trunk_id: 'trunk_1' }).peer).toBeNull();
  });

  test('has a ping timeout below its interval', () => {
    expect(failureOf(() => gatewayOf({ ping: { interval_seconds: 10, timeout_ms: 10_000 } }))).toBe(
      'VALIDATION_FAILED ping.timeout_ms',
    );
    expect(gatewayOf({ ping: { interval_seconds: 10, timeout_ms: 9_999 } }).ping.timeout_ms).toBe(9_999);
  });
});

describe('replacing a gateway', () => {
  test('returns absent fields to their defaults but keeps id, password and creation', () => {
    const before = gatewayOf({ prefix: '00', stir: 'sign', ping: { interval_seconds: 60 } }, 'sealed');
    expect(replaceGateway(before, newBody(), undefined, { organization: 1001, now: later })).toMatchObject({
      id: 'gw_1',
      prefix: '',
      stir: 'off',
      peer: { sealed_password: 'sealed' },
      ping: { interval_seconds: 30 },
      created_at: now,
      updated_at: later,
      version: 2,
    });
  });
});

describe('changing a gateway', () => {
  test('leaves absent fields unchanged, those of `ping` one by one', () => {
    const before = gatewayOf({ prefix: '00', stir: 'sign', ping: { interval_seconds: 60, down_after: 5 } });
    expect(changed(before, { ping: { down_after: 2 } })).toEqual({
      ...before,
      ping: { ...before.ping, down_after: 2 },
      updated_at: later,
      version: 2,
    });
  });

  test('gives up its own peer for a trunk, and needs a host to leave the trunk', () => {
    const byTrunk = changed(gatewayOf({}, 'sealed'), { trunk_id: 'trunk_1' });
    expect(byTrunk).toMatchObject({ trunk_id: 'trunk_1', peer: null });
    expect(failureOf(() => changed(byTrunk, { trunk_id: null }))).toBe('MISSING_FIELD host');
    expect(changed(byTrunk, { trunk_id: null, host: 'a.example' }).peer?.sealed_password).toBeNull();
  });

  test('accepts its own organization and no other', () => {
    expect(failureOf(() => changed(gatewayOf(), { organization_id: 1001 }))).toBeUndefined();
    expect(failureOf(() => changed(gatewayOf(), { organization_id: 1002 }))).toBe('VALIDATION_FAILED organization_id');
  });
});

test('a gateway can only use a trunk of the organization', () => {
  const byTrunk = gatewayOf({ trunk_id: 'trunk_1' });
  const trunk = newTrunk({ name: 'Carrier', host: 'sip.example.com' }, null, {
    id: 'trunk_1',
    organization: 1001,
    type: 'carrier',
    now,
  });
  expect(failureOf(() => assertTrunkExists(byTrunk, undefined))).toBe('VALIDATION_FAILED trunk_id');
  expect(failureOf(() => assertTrunkExists(byTrunk, trunk))).toBeUndefined();
  expect(failureOf(() => assertTrunkExists(gatewayOf(), undefined))).toBeUndefined();
});

describe('results of earlier pings', () => {
  test.each([
    { host: 'b.example' },
    { port: 5080 },
    { transport: 'tcp' },
    { outbound_proxy: 'sbc.example' },
    { trunk_id: 'trunk_1' },
    { enabled: false },
    { ping: { enabled: false } },
  ])('no longer count after %o', (body) => {
    expect(isPingedDifferently(gatewayOf(), changed(gatewayOf(), body))).toBe(true);
  });

  test.each([{ name: 'other' }, { ping: { interval_seconds: 60 } }, { username: 'user' }, { fax: 'audio' }])(
    'still count after %o',
    (body) => {
      expect(isPingedDifferently(gatewayOf(), changed(gatewayOf(), body))).toBe(false);
    },
  );
});

test('fields of the peer give a warning if the gateway uses a trunk', () => {
  const byTrunk = gatewayOf({ trunk_id: 'trunk_1' });
  expect(gatewayWarnings(byTrunk, { host: 'a.example', port: 5060 }, ['other'])).toEqual([
    expect.stringContaining('host, port:'),
    'other',
  ]);
  expect(gatewayWarnings(byTrunk, {}, [])).toEqual([]);
  expect(gatewayWarnings(gatewayOf(), { host: 'a.example' }, [])).toEqual([]);
});
