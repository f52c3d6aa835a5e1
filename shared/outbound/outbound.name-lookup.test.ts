import { afterEach, expect, test } from 'vitest';
import { startDns, type DnsServer, type Zone } from './dns-server.fixture.ts';
import { dnsLookup, systemLookup } from './outbound.ts';

const servers: DnsServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function lookupIn(zone: Zone) {
  const server = await startDns(zone);
  servers.push(server);
  return { lookup: dnsLookup(server.resolver), queries: server.queries };
}

test('a name has the addresses of both families, IPv4 first', async () => {
  const { lookup, queries } = await lookupIn(() => ['2606:4700::1', '8.8.8.8', '8.8.4.4']);
  expect(await lookup('hooks.example.com')).toEqual(['8.8.8.8', '8.8.4.4', '2606:4700::1']);
  expect(queries().toSorted()).toEqual(['A hooks.example.com', 'AAAA hooks.example.com']);
});

test('one family is enough', async () => {
  const { lookup } = await lookupIn(() => ['8.8.8.8']);
  expect(await lookup('hooks.example.com')).toEqual(['8.8.8.8']);
});

test('a name without addresses has none, one that does not exist neither', async () => {
  const { lookup } = await lookupIn((name) => (name === 'empty.example.com' ? [] : 'NXDOMAIN'));
  expect([await lookup('empty.example.com'), await lookup('nowhere.example.com')]).toEqual([[], []]);
});

test('a DNS server that fails is an error', async () => {
  const { lookup } = await lookupIn(() => 'SERVFAIL');
  await expect(lookup('hooks.example.com')).rejects.toThrow('ESERVFAIL');
});

test('a name is not completed by a search domain', async () => {
  const { lookup, queries } = await lookupIn(() => 'NXDOMAIN');
  await lookup('intranet');
  expect(queries().toSorted()).toEqual(['A intranet', 'AAAA intranet']);
});

test('the look-up of the system knows the hosts file', async () => {
  expect(await systemLookup('localhost')).toContain('127.0.0.1');
});
