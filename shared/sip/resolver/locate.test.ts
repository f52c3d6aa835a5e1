import { describe, expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { isSipUri, parseUri, type SipUri } from '../uri.ts';
import { type Hop, locate, type Transport } from './locate.ts';
import type { Naptr, Resolver, Srv } from './records.ts';

type Zone = {
  readonly naptr?: Readonly<Record<string, readonly Naptr[]>>;
  readonly srv?: Readonly<Record<string, readonly Srv[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
};

function uri(text: string): SipUri {
  const parsed = parseUri(text);
  if (parsed instanceof Fault || !isSipUri(parsed)) throw new Error(text);
  return parsed;
}

const service = (order: number, name: string, replacement: string, flags = 's'): Naptr => ({
  order,
  preference: 10,
  flags,
  service: name,
  replacement,
});
const server = (priority: number, name: string, port = 5060, weight = 0): Srv => ({ priority, weight, port, name });

function newTestResolver(
  { naptr = {}, srv = {}, addresses = {} }: Zone,
  transports: readonly Transport[] = ['UDP', 'TCP', 'TLS'],
) {
  const asked: string[] = [];
  const resolver: Resolver = {
    naptr: async (name) => (asked.push(`naptr ${name}`), naptr[name] ?? []),
    srv: async (name) => (asked.push(`srv ${name}`), srv[name] ?? []),
    addresses: async (name) => (asked.push(name), addresses[name] ?? []),
  };
  const hops = async (text: string): Promise<readonly string[]> => {
    const found = locate(uri(text), { resolver, random: () => 0, transports });
    if (found instanceof Fault) return [found.reason];
    const all: Hop[] = [];
    for await (const hop of found) all.push(hop);
    return all.map(({ transport, address, port, domain }) => `${transport} ${address} ${port} ${domain}`);
  };
  return { hops, asked, resolver };
}

const zone = { addresses: { 'example.com': ['192.0.2.1', '2001:db8::1'], other: ['192.0.2.9'] } };

describe('without DNS queries', () => {
  test.each([
    ['sip:192.0.2.7', 'UDP 192.0.2.7 5060 192.0.2.7'],
    ['sip:a@[2001:db8::7]:5070', 'UDP 2001:db8::7 5070 [2001:db8::7]'],
    ['sips:192.0.2.7', 'TLS 192.0.2.7 5061 192.0.2.7'],
    ['sip:192.0.2.7;transport=tls', 'TLS 192.0.2.7 5061 192.0.2.7'],
    ['sips:192.0.2.7;transport=tcp', 'TLS 192.0.2.7 5061 192.0.2.7'],
    ['sip:example.com;maddr=192.0.2.8;transport=tcp', 'TCP 192.0.2.8 5060 example.com'],
    ['sip:192.0.2.7;transport=sctp', 'No SCTP here'],
    ['sips:192.0.2.7;transport=udp', 'No UDP here'],
  ])('%s goes to %s', async (text, hop) => {
    const { hops, asked } = newTestResolver({});
    expect([await hops(text), asked]).toEqual([[hop], []]);
  });
});

describe('with DNS queries', () => {
  test('an explicit port needs address records only (RFC 3263 §4.2)', async () => {
    const { hops, asked } = newTestResolver(zone);
    expect([await hops('sip:example.com:5080'), asked]).toEqual([
      ['UDP 192.0.2.1 5080 example.com', 'UDP 2001:db8::1 5080 example.com'],
      ['example.com'],
    ]);
  });

  test('NAPTR determines the transport, by the preference of the domain (RFC 3263 §4.1)', async () => {
    const preferences: Zone = {
      naptr: {
        'example.com': [
          service(90, 'SIP+D2T', '_sip._tcp.example.com'),
          service(50, 'SIPS+D2T', '_sips._tcp.example.com'),
          service(10, 'SIP+D2S', 'x'),
          service(100, 'SIP+D2U', '_sip._udp.example.com'),
          service(1, 'SIP+D2U', 'y', 'u'),
        ],
      },
      srv: {
        '_sips._tcp.example.com': [server(1, 'a', 5061)],
        '_sip._tcp.example.com': [server(1, 'a')],
        '_sip._udp.example.com': [server(1, 'b', 5090)],
      },
      addresses: { a: ['192.0.2.1'], b: ['192.0.2.2'] },
    };
    expect(await newTestResolver(preferences).hops('sip:example.com')).toEqual([
      'TLS 192.0.2.1 5061 example.com',
      'TCP 192.0.2.1 5060 example.com',
      'UDP 192.0.2.2 5090 example.com',
    ]);
    expect(await newTestResolver(preferences, ['UDP']).hops('sip:example.com')).toEqual([
      'UDP 192.0.2.2 5090 example.com',
    ]);
    expect(await newTestResolver(preferences).hops('sips:example.com')).toEqual(['TLS 192.0.2.1 5061 example.com']);
  });

  test('without NAPTR, SRV of each transport in our order; without SRV, addresses at the default port', async () => {
    const srv = { '_sip._tcp.example.com': [server(1, 'other', 5099)] };
    const { hops, asked } = newTestResolver({ ...zone, srv });
    expect(await hops('sip:example.com')).toEqual(['TCP 192.0.2.9 5099 example.com']);
    expect(asked).toEqual([
      'naptr example.com',
      'srv _sip._udp.example.com',
      'srv _sip._tcp.example.com',
      'srv _sips._tcp.example.com',
      'other',
    ]);
    expect(await newTestResolver(zone).hops('sip:example.com')).toEqual([
      'UDP 192.0.2.1 5060 example.com',
      'UDP 2001:db8::1 5060 example.com',
    ]);
    expect(await newTestResolver(zone).hops('sips:example.com')).toEqual([
      'TLS 192.0.2.1 5061 example.com',
      'TLS 2001:db8::1 5061 example.com',
    ]);
  });

  test('a transport in the URI needs SRV records of that transport only', async () => {
    const { hops, asked } = newTestResolver({ ...zone, srv: { '_sip._tcp.example.com': [server(1, 'other', 5099)] } });
    expect([await hops('sip:example.com;transport=tcp'), asked]).toEqual([
      ['TCP 192.0.2.9 5099 example.com'],
      ['srv _sip._tcp.example.com', 'other'],
    ]);
  });

  test('the addresses of later servers are looked up after earlier ones failed', async () => {
    const { asked, resolver } = newTestResolver({
      ...zone,
      srv: { '_sip._udp.example.com': [server(1, 'example.com'), server(2, 'other')] },
    });
    const found = locate(uri('sip:example.com;transport=udp'), { resolver, random: () => 0, transports: ['UDP'] });
    if (found instanceof Fault) throw new Error(found.reason);
    await found.next();
    expect(asked).toEqual(['srv _sip._udp.example.com', 'example.com']);
  });

  test('a zone of any size yields 16 hops at most', async () => {
    const many = Array.from({ length: 1_000 }, (_value, at) => server(at, `h${at}`));
    const { hops, asked } = newTestResolver({
      srv: { '_sip._udp.example.com': many },
      addresses: Object.fromEntries(many.map(({ name }) => [name, ['192.0.2.1', '192.0.2.2']])),
    });
    expect([(await hops('sip:example.com;transport=udp')).length, asked.length <= 18]).toEqual([16, true]);
  });

  test('an unsupported transport is a fault; a name without address has no hop', async () => {
    expect(await newTestResolver({}, ['UDP']).hops('sip:example.com;transport=tcp')).toEqual(['No TCP here']);
    expect(await newTestResolver({}).hops('sip:nowhere.example.com')).toEqual([]);
  });
});
