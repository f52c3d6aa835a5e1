import { describe, expect, test } from 'vitest';
import { failureOf, codeOf } from '#test/support/errors.fixture.ts';
import { verstatTrustAfter } from './verstat-trust.ts';

const trunk = {
  host: 'sip.carrier.example',
  port: 5060,
  transport: 'udp',
  type: 'carrier',
  username: 'user',
  sealed_password: 'sealed',
  realm: null,
  inbound_username: null,
} as const;
const trusted = { ...trunk, trusts_verstat: true };
type Request = Partial<Parameters<typeof verstatTrustAfter>[2]>;
const after = (before: Parameters<typeof verstatTrustAfter>[0], change: object = {}, request: Request = {}) =>
  verstatTrustAfter(before, { ...trunk, ...change }, { wanted: undefined, seller: null, isRotated: false, ...request })
    .trusts_verstat;
const codeAfter = (...change: Parameters<typeof after>) => codeOf(() => after(...change));

test('the claims of a trunk do not count unless its seller says so', () => {
  expect([after(undefined), after(trunk)]).toEqual([false, false]);
  expect(after(undefined, {}, { wanted: true, seller: 'reseller' })).toBe(true);
  expect(after(trusted, {}, { wanted: false, seller: 'operator' })).toBe(false);
});

test('others change nothing, and may repeat what is said', () => {
  expect(failureOf(() => after(trunk, {}, { wanted: true }))).toEqual('NOT_THE_SELLER trusts_verstat');
  expect(codeAfter(undefined, {}, { wanted: true })).toBe('NOT_THE_SELLER');
  expect(codeAfter(trusted, {}, { wanted: false })).toBe('NOT_THE_SELLER');
  expect([after(trusted, {}, { wanted: true }), after(trunk, {}, { wanted: false })]).toEqual([true, false]);
});

describe('what was agreed with the calling party', () => {
  test('stays with changes that are not about it', () => {
    expect(after(trusted, { host: 'SIP.Carrier.example.', name: 'other', max_channels: 3 })).toBe(true);
  });

  test.each([
    { host: 'sip.other.example' },
    { port: 5080 },
    { transport: 'tls' },
    { outbound_proxy: 'sbc.other.example' },
    { type: 'pbx' },
    { username: 'other' },
    { sealed_password: 'other' },
    { realm: 'other' },
    { inbound_username: 'other' },
  ])('ends with %j, unless the seller makes the change', (change) => {
    expect(after(trusted, change)).toBe(false);
    expect(codeAfter(trusted, change, { wanted: true })).toBe('NOT_THE_SELLER');
    expect(after(trusted, change, { seller: 'reseller' })).toBe(true);
  });

  test('ends with another password for its calls', () => {
    expect(after(trusted, {}, { isRotated: true })).toBe(false);
    expect(after(trusted, {}, { isRotated: true, seller: 'reseller' })).toBe(true);
  });
});
