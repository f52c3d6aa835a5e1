import { expect, test } from 'vitest';
import { nextHopOf, parseProxy, proxyOf } from './outbound-proxy.ts';

test.each([
  ['proxy.example', 'udp', { host: 'proxy.example', port: 5_060, transport: 'udp' }],
  ['proxy.example', 'tls', { host: 'proxy.example', port: 5_061, transport: 'tls' }],
  ['192.0.2.1:5070', 'udp', { host: '192.0.2.1', port: 5_070, transport: 'udp' }],
  ['proxy.example;transport=TCP', 'udp', { host: 'proxy.example', port: 5_060, transport: 'tcp' }],
  ['proxy.example;transport=tls', 'udp', { host: 'proxy.example', port: 5_061, transport: 'tls' }],
  ['[2001:db8::1]:5080;transport=tcp', 'udp', { host: '2001:db8::1', port: 5_080, transport: 'tcp' }],
  ['2001:db8::1', 'udp', undefined],
  ['proxy.example:0', 'udp', undefined],
  ['proxy.example:65536', 'udp', undefined],
  ['proxy.example;transport=ws', 'udp', undefined],
  ['proxy.example;transport=udp', 'tls', undefined],
  ['proxy.example;lr', 'udp', undefined],
  ['proxy.example\r\nX-Evil: 1', 'udp', undefined],
  ['user@proxy.example', 'udp', undefined],
  ['<sip:proxy.example>', 'udp', undefined],
  ['', 'udp', undefined],
] as const)('%j of a peer with %s is %j', (text, transport, server) => {
  expect(parseProxy(text, transport)).toEqual(server);
});

test('requests are sent to the proxy, else to the host, and nowhere if the stored text is no proxy', () => {
  const peer = { host: 'sip.example', port: 5_080, transport: 'udp' } as const;
  expect([proxyOf(peer), nextHopOf(peer)]).toEqual([undefined, peer]);
  expect(nextHopOf({ ...peer, outbound_proxy: 'proxy.example' })).toMatchObject({ host: 'proxy.example', port: 5_060 });
  expect(nextHopOf({ ...peer, outbound_proxy: 'no proxy' }).host).toBe('proxy.invalid');
});
