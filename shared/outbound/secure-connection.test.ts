import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { newCertificate, type Certificate } from '#infra/local/certificate.ts';
import { certificateFor, tcpAt } from '#test/support/listeners.fixture.ts';
import { startDns } from './dns-server.fixture.ts';
import {
  OutboundFailed,
  anywhere,
  dnsLookup,
  publicOnly,
  systemLookup,
  type NameLookup,
  type OutboundPolicy,
} from './outbound.ts';
import { newSecureConnections } from './secure-connection.ts';
import { answers, hosts } from './ssrf.fixture.ts';

/** Directories on this machine: real TLS, and names by a real DNS server. */

const cleanups: (() => unknown)[] = [];
afterEach(() => Promise.all(cleanups.splice(0).map((cleanup) => cleanup())));

type Serve = (socket: TLSSocket) => void;

/** @returns its port, and the names (SNI) that it was asked for */
async function serverWith(certificate: Certificate, serve: Serve) {
  const names: unknown[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer(certificate, (socket) => {
    names.push(socket.servername);
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, names };
}

type Way = { readonly certificate?: Certificate; readonly lookup?: NameLookup; readonly policy?: OutboundPolicy };

const connectionsOf = ({ certificate, lookup = async () => ['127.0.0.1'], policy = anywhere }: Way) =>
  newSecureConnections({ policy, lookup, ...(certificate === undefined ? {} : { authorities: [certificate.cert] }) });

const limits = { timeout: 2_000, maxBytes: 1_000 };

/** How opening ends: nothing, or the failure with what was under way. */
const failureOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'ok',
    (error: unknown) => (error instanceof OutboundFailed ? `${error.code} ${error.during}` : error),
  );

test('sends and receives by the certificate and the name of the URL, at the address that was checked', async () => {
  const certificate = certificateFor('directory.example.com');
  const { port, names } = await serverWith(certificate, (socket) => void socket.pipe(socket));
  const connection = await connectionsOf({ certificate }).open(`ldaps://directory.example.com:${port}`, limits);
  connection.send(Buffer.from('hello'));
  expect([(await connection.receive()).toString(), names]).toEqual(['hello', ['directory.example.com']]);
  connection.close();
  await expect(connection.receive()).rejects.toThrow();
});

test.for([
  ['of another name', () => certificateFor('other.example.com')],
  [
    'that has expired',
    () => newCertificate(['directory.example.com'], new Date(Date.now() - 7_200_000), new Date(Date.now() - 3_600_000)),
  ],
] as const)('a certificate %s is rejected', async ([, make]) => {
  const certificate = make();
  const { port } = await serverWith(certificate, () => undefined);
  const opened = connectionsOf({ certificate }).open(`ldaps://directory.example.com:${port}`, limits);
  expect(await failureOf(opened)).toBe('TLS_FAILED securing');
});

test('a certificate that no authority signed is rejected', async () => {
  const { port } = await serverWith(certificateFor('directory.example.com'), () => undefined);
  const opened = connectionsOf({}).open(`ldaps://directory.example.com:${port}`, limits);
  expect(await failureOf(opened)).toBe('TLS_FAILED securing');
});

test('what is sent beyond the limit ends the connection', async () => {
  const certificate = certificateFor('localhost');
  const { port } = await serverWith(certificate, (socket) => {
    const flood = (): void => void socket.write(Buffer.alloc(500), () => !socket.destroyed && setImmediate(flood));
    flood();
  });
  const connection = await connectionsOf({ certificate }).open(`ldaps://localhost:${port}`, limits);
  let received = 0;
  const readOn = async (): Promise<never> => {
    for (;;) received += (await connection.receive()).length;
  };
  expect(await failureOf(readOn())).toBe('CONNECTION_CLOSED answering');
  expect(received).toBeLessThanOrEqual(1_000);
});

test('a directory that never answers ends with the time', async () => {
  const certificate = certificateFor('localhost');
  const { port } = await serverWith(certificate, () => undefined);
  const connections = connectionsOf({ certificate });
  const connection = await connections.open(`ldaps://localhost:${port}`, { ...limits, timeout: 500 });
  expect(await failureOf(connection.receive())).toBe('TIMEOUT answering');
  const mute = await tcpAt(() => undefined);
  cleanups.push(mute.close);
  expect(await failureOf(connections.open(`ldaps://localhost:${mute.port}`, { ...limits, timeout: 300 }))).toBe(
    'TIMEOUT securing',
  );
});

test('nothing listens: the connection fails', async () => {
  const closed = await tcpAt(() => undefined);
  await closed.close();
  const opened = connectionsOf({}).open(`ldaps://localhost:${closed.port}`, limits);
  expect(await failureOf(opened)).toBe('CONNECT_FAILED connecting');
});

/** The guard as deployed, at the port 636 that no test listens on. */
const guarded = (lookup: NameLookup) => connectionsOf({ lookup, policy: publicOnly });

test('no form of an address, and no name that has one, leads to an address that is not public', async () => {
  const all = [...hosts.loopback, ...hosts.elsewhere];
  const found = await Promise.all(
    all.map(async (host) => {
      const connections = guarded(systemLookup);
      const url = `ldaps://${host}`;
      return [(await connections.check(url))?.code, await failureOf(connections.open(url, limits))];
    }),
  );
  expect(found).toEqual(all.map(() => ['ADDRESS_NOT_ALLOWED', 'ADDRESS_NOT_ALLOWED resolving']));
  const named = await Promise.all(
    answers.map((addresses) => failureOf(guarded(async () => addresses).open('ldaps://a.example.com', limits))),
  );
  expect(named).toEqual(answers.map(() => 'ADDRESS_NOT_ALLOWED resolving'));
});

test('a name that is rebound after the check is not looked up again', async () => {
  const certificate = certificateFor('rebound.example.com');
  const { port } = await serverWith(certificate, (socket) => void socket.pipe(socket));
  const forbidden = await serverWith(certificate, () => undefined);
  const dns = await startDns((_name, query) => (query === 0 ? ['127.0.0.1'] : ['127.0.0.2']));
  cleanups.push(dns.close);
  const connections = connectionsOf({
    certificate,
    lookup: dnsLookup(dns.resolver),
    policy: { ...anywhere, allows: (address) => address === '127.0.0.1' },
  });
  const connection = await connections.open(`ldaps://rebound.example.com:${port}`, limits);
  connection.send(Buffer.from('x'));
  expect((await connection.receive()).toString()).toBe('x');
  connection.close();
  expect(dns.queries().filter((query) => query.startsWith('A '))).toHaveLength(1);
  expect(forbidden.names).toEqual([]);
  // The next connection looks up again, and finds what is not allowed.
  expect(await failureOf(connections.open(`ldaps://rebound.example.com:${port}`, limits))).toBe(
    'ADDRESS_NOT_ALLOWED resolving',
  );
});
