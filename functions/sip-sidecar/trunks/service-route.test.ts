import { expect, test } from 'vitest';
import { Fault } from '#sip/fault.ts';
import { printAddress } from '#sip/address.ts';
import { addressOf } from '#sip/values.fixture.ts';
import type { SipUri } from '#sip/uri.ts';
import { followedRoute, keptRoutes } from './service-route.ts';

const trunk = { host: 'carrier.example', port: 5_060, transport: 'udp' } as const;

/** The addresses of names. */
const addresses: Readonly<Record<string, readonly string[]>> = {
  'carrier.example': ['192.0.2.1', '192.0.2.2'],
  'proxy.example': ['192.0.2.3'],
  'edge.carrier.example': ['192.0.2.2'],
  'other.example': ['198.51.100.1'],
  'both.example': ['192.0.2.1', '198.51.100.1'],
};
const outbound = { addresses: async ({ host }: SipUri) => addresses[host] ?? [] };

/** What is kept of a Service-Route. */
const kept = (peer: typeof trunk & { outbound_proxy?: string }, ...routes: readonly string[]) =>
  keptRoutes(outbound, peer, { serviceRoute: routes.map(addressOf), associatedUris: ['tel:+46890510'] });

const elsewhere = 'Service-Route ignored: its first hop is neither the host nor the outbound proxy';

test('a Service-Route is kept whole if its first hop is the host or the outbound proxy', async () => {
  const routes = ['<sip:edge.carrier.example:5080;lr>', '<sip:core.invalid;lr>'];
  expect(await kept(trunk, ...routes)).toEqual({
    routes: { service_route: routes, associated_uris: ['tel:+46890510'] },
    objection: null,
  });
  const proxied = { ...trunk, outbound_proxy: 'proxy.example' };
  for (const host of ['proxy.example', 'carrier.example'])
    expect((await kept(proxied, `<sip:${host};lr>`)).objection).toBeNull();
});

test.each(['other.example', 'both.example', 'proxy.example', 'unknown.example', '198.51.100.1'])(
  'a Service-Route to %s is not kept',
  async (host) => {
    expect(await kept(trunk, `<sip:${host};lr>`, '<sip:carrier.example;lr>')).toEqual({
      routes: { associated_uris: ['tel:+46890510'] },
      objection: elsewhere,
    });
  },
);

test('nothing is kept of a 200 that says nothing, and the reason of a Service-Route that is none', async () => {
  expect(await keptRoutes(outbound, trunk, {})).toEqual({ routes: {}, objection: null });
  const serviceRoute = new Fault('it cannot be read');
  expect(await keptRoutes(outbound, trunk, { serviceRoute })).toEqual({
    routes: {},
    objection: 'Service-Route ignored: it cannot be read',
  });
  expect((await kept(trunk, '<sip:carrier.example;transport=sctp;lr>')).objection).toBe(
    'Service-Route ignored: its transport is unknown',
  );
});

test('a call follows the stored routes from the server of the first one, and TLS is never given up', () => {
  const stored = ['<sip:edge.carrier.example:5080;transport=tcp;lr>', '<sip:core.invalid;lr>'];
  const followed = followedRoute(trunk, stored);
  expect(followed?.routes.map(printAddress)).toEqual(stored);
  expect(followed?.server).toEqual({ host: 'edge.carrier.example', port: 5_080, transport: 'tcp' });
  expect(followedRoute({ ...trunk, transport: 'tls' }, stored)?.server.transport).toBe('tls');
  expect(followedRoute(trunk, ['<sip:edge.carrier.example;lr>'])?.server).toMatchObject({
    port: 5_060,
    transport: 'udp',
  });
  for (const unusable of [[], ['no route'], [...stored, '<broken'], ['<tel:+1>']])
    expect(followedRoute(trunk, unusable)).toBeUndefined();
});
