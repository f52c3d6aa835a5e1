import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNameServer, type NameServer } from '#test/support/name-server.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { txtLookup, txtLookupFrom, type DnsClient } from './txt-records.ts';

const proof = 'voiceplatform-verify=abc';

describe('asked of NSD', () => {
  needs('nsd');
  let server: NameServer;
  beforeAll(async () => {
    server = await startNameServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const lookUp = (...names: readonly string[]) =>
    txtLookup({ servers: [`${server.address}:${server.port}`], timeout: 3_000 })(names);

  test('the records of all names are found, and those of several strings are one', async () => {
    await server.serve(`a TXT "v=spf1 -all"`, `a TXT "voiceplatform-" "verify=abc"`, `_v.a TXT "other"`);
    const { records, isComplete } = await lookUp('a.test', '_v.a.test');
    expect([records.toSorted(), isComplete]).toEqual([['other', 'v=spf1 -all', proof], true]);
  });

  test('a name without records, and one that does not exist, have none', async () => {
    await server.serve('a A 192.0.2.1');
    expect(await lookUp('a.test', 'missing.test')).toEqual({ records: [], isComplete: true });
  });

  test('records that need TCP are complete', async () => {
    const many = Array.from({ length: 300 }, (_, at) => `a TXT "${at} ${'x'.repeat(190)}"`);
    await server.serve(...many, `a TXT "${proof}"`);
    const { records } = await lookUp('a.test');
    expect([records.length, records.includes(proof)]).toEqual([301, true]);
  });

  test('a loop of aliases and a zone that the server does not serve end without records', async () => {
    await server.serve('a CNAME b', 'b CNAME a');
    expect((await lookUp('a.test')).records).toEqual([]);
    expect(await lookUp('a.example')).toEqual({ records: [], isComplete: false });
  });

  test("the zone's own server is asked too, as others may have old records", async () => {
    await server.serve(`a TXT "${proof}"`);
    const old = clientOf({
      resolveTxt: async () => [['old']],
      resolveNs: async () => ['ns.test'],
      resolve4: async () => [server.address],
    });
    const clients = [new Resolver(), old];
    const lookUpBoth = txtLookup({ port: server.port, allowPrivate: true, newClient: () => clients.pop() ?? old });
    expect((await lookUpBoth(['a.test'])).records.toSorted()).toEqual(['old', proof]);
  });
});

const absent = () => Promise.reject(Object.assign(new Error('no data'), { code: 'ENODATA' }));

/** A client whose names have no records but the server `192.0.2.53` of the zone. @param more what differs */
const clientOf = (more: Partial<DnsClient> = {}): DnsClient => ({
  resolveTxt: absent,
  resolveNs: absent,
  resolve4: async () => ['1.1.1.1'],
  resolve6: absent,
  setServers: () => undefined,
  cancel: () => undefined,
  ...more,
});

/** A look-up by two clients: of the system's servers, and of the zone's. */
const lookUpBy = (base: DnsClient, zone: DnsClient, allowPrivate = false) => {
  const clients = [zone, base];
  return txtLookup({ allowPrivate, timeout: 200, newClient: () => clients.pop() ?? clientOf() })(['a.b.test']);
};

describe('the servers of a zone', () => {
  const askedOf = async (addresses: readonly string[], allowPrivate = false) => {
    const asked: (readonly string[])[] = [];
    const base = clientOf({
      resolveNs: async (name) => (name === 'b.test' ? ['ns.b.test'] : absent()),
      resolve4: async () => addresses.filter((address) => !address.includes(':')),
      resolve6: async () => addresses.filter((address) => address.includes(':')),
    });
    await lookUpBy(base, clientOf({ setServers: (servers) => void asked.push(servers) }), allowPrivate);
    return asked.flat();
  };

  test('are those of the nearest zone above the name', async () => {
    expect(await askedOf(['1.1.1.1', '2606:4700:4700::1111'])).toEqual(['1.1.1.1:53', '[2606:4700:4700::1111]:53']);
  });

  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.1',
    '192.168.1.1',
    '169.254.169.253',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    '::ffff:10.0.0.1',
    'fd00:ec2::253',
    'fe80::1',
    '64:ff9b::a00:1',
  ])('are not asked at %s, which the owner of the zone chose', async (address) => {
    expect(await askedOf([address])).toEqual([]);
    expect(await askedOf([address], true)).toHaveLength(1);
  });

  test('are eight addresses at most', async () => {
    expect(await askedOf(Array.from({ length: 50 }, (_, at) => `1.1.1.${at}`))).toHaveLength(8);
  });
});

describe('whatever servers do', () => {
  const failing = () => Promise.reject(Object.assign(new Error('server failure'), { code: 'ESERVFAIL' }));
  const never = () => new Promise<never>(() => undefined);

  test('an answer of one server is enough', async () => {
    const zone = clientOf({ resolveTxt: async () => [[proof]] });
    const base = { resolveNs: async () => ['ns.b.test'] };
    for (const resolveTxt of [failing, never, absent])
      expect(await lookUpBy(clientOf({ ...base, resolveTxt }), zone)).toEqual({ records: [proof], isComplete: true });
  });

  test('without any answer the look-up is incomplete, and ends in time', async () => {
    const cancelled: string[] = [];
    const dead = (name: string) => clientOf({ resolveTxt: never, cancel: () => void cancelled.push(name) });
    const nothing = { records: [], isComplete: false };
    expect(await lookUpBy(dead('base'), dead('zone'))).toEqual(nothing);
    expect(cancelled).toEqual(['base', 'zone']);
    expect(await lookUpBy(clientOf({ resolveTxt: failing }), clientOf())).toEqual(nothing);
  });

  test.each([
    ['silence', () => undefined],
    ['garbage', () => Buffer.from('garbage')],
    // RFC 1035 §4.1.1: a response with the code of the query.
    ['SERVFAIL', (query: Buffer) => withCode(query, 2)],
    ['REFUSED', (query: Buffer) => withCode(query, 5)],
    [
      'a truncated response without TCP',
      (query: Buffer) => Buffer.concat([withFlags(query, 0x8600), query.subarray(4)]),
    ],
  ])('%s is no answer', async (_, answer) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (query, { address, port }) => {
      const response = answer(query);
      if (response !== undefined) socket.send(response, port, address);
    });
    const servers = [`127.0.0.1:${socket.address().port}`];
    const started = performance.now();
    expect(await txtLookup({ servers, timeout: 700 })(['a.test'])).toEqual({ records: [], isComplete: false });
    expect(performance.now() - started).toBeLessThan(5_000);
    socket.close();
  });
});

/** The first four bytes of a response. */
const withFlags = (query: Buffer, flags: number): Buffer =>
  Buffer.concat([query.subarray(0, 2), Buffer.from([flags >> 8, flags & 255])]);
const withCode = (query: Buffer, code: number): Buffer =>
  Buffer.concat([withFlags(query, 0x8180 + code), query.subarray(4)]);

test('DNS_SERVERS names the servers that resolve names', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (query, { address, port }) => socket.send(withCode(query, 3), port, address));
  const lookUp = txtLookupFrom({ DNS_SERVERS: `127.0.0.1:${socket.address().port}` });
  expect(await lookUp(['a.test'])).toEqual({ records: [], isComplete: true });
  socket.close();
});
