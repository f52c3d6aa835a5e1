import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/** A DNS server (RFC 1035) that answers each query as a test says. */

/** The addresses of a name at the n-th query for them, from 0; or the RCODE of a failure (RFC 1035 §4.1.1). */
export type Zone = (name: string, query: number) => readonly string[] | 'SERVFAIL' | 'NXDOMAIN';

export type DnsServer = {
  readonly resolver: Resolver;
  readonly queries: () => readonly string[];
  readonly close: () => void;
};

const codes = { SERVFAIL: 2, NXDOMAIN: 3 } as const;
const types: Readonly<Record<number, 4 | 6>> = { 1: 4, 28: 6 };

/** The name at the start of the question, and where it ends. */
function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** The 16 bytes of an IPv6 address without embedded IPv4. */
function bytesOf6(address: string): Buffer {
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const missing = 8 - head.length - (tail?.length ?? 0);
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

const bytesOf = (address: string): Buffer =>
  isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : bytesOf6(address);

/** A pointer to the question's name, type, class IN, TTL 0, address. */
function record(type: number, address: string): Buffer {
  const bytes = bytesOf(address);
  return Buffer.concat([Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes]);
}

function answerTo(query: Buffer, addresses: ReturnType<Zone>): Buffer {
  const { end } = nameIn(query);
  const type = query.readUInt16BE(end);
  const question = query.subarray(12, end + 4);
  const found = typeof addresses === 'string' ? [] : addresses.filter((each) => isIP(each) === types[type]);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (typeof addresses === 'string' ? codes[addresses] : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  return Buffer.concat([head, question, ...found.map((each) => record(type, each))]);
}

/** @param zone is asked for both kinds of addresses; the number of the query counts those of one kind */
export async function startDns(zone: Zone): Promise<DnsServer> {
  const queries: string[] = [];
  const server = createSocket('udp4');
  server.on('message', (query, { port, address }) => {
    const { name, end } = nameIn(query);
    const question = `${types[query.readUInt16BE(end)] === 4 ? 'A' : 'AAAA'} ${name}`;
    const before = queries.filter((each) => each === question).length;
    queries.push(question);
    server.send(answerTo(query, zone(name, before)), port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const resolver = new Resolver({ timeout: 30_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return { resolver, queries: () => queries, close: () => server.close() };
}
