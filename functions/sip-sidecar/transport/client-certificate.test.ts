import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newCertificate } from '#infra/local/certificate.ts';
import { ClientCertificate, readCertificate, type TlsIdentity } from './client-certificate.ts';
import { openTransports } from './transports.ts';

const certificateFor = (host: string) =>
  newCertificate([host], new Date(Date.now() - 60_000), new Date(Date.now() + 600_000));
const [server, platform, renewed] = ['localhost', 'sbc.example.com', 'renewed.example.com'].map(certificateFor) as [
  TlsIdentity,
  TlsIdentity,
  TlsIdentity,
];

const running = new AsyncDisposableStack();
const authorities = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...authorities, server.cert]));
afterAll(async () => {
  setDefaultCACertificates(authorities);
  await running.disposeAsync();
});

/** A server that takes connections with a certificate of these only, and whom it has seen. */
async function startServer() {
  const seen: string[] = [];
  const options = { ...server, ca: [platform.cert, renewed.cert], requestCert: true, rejectUnauthorized: true };
  const listening = createServer(options, (socket: TLSSocket) => {
    seen.push(socket.getPeerX509Certificate()?.subjectAltName ?? '');
    socket.on('error', () => undefined).resume();
  });
  listening.on('tlsClientError', (_error, socket) => {
    seen.push('rejected');
    socket.destroy();
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  running.defer(() => void listening.close());
  return { seen, port: (listening.address() as AddressInfo).port };
}

const newTransports = async (clientCertificate: () => TlsIdentity | undefined) => {
  const transports = await openTransports(
    { host: '127.0.0.1', udp: 0, tcp: 0, ws: { port: 0, transport: 'ws' } },
    {
      onArrival: () => undefined,
      onClosed: () => undefined,
      isRegistered: () => false,
      admission: { admits: () => true, admitsConnection: () => true },
      now: () => Date.now(),
      clientCertificate,
    },
  );
  running.defer(() => transports.close());
  const connect = (port: number) =>
    transports.connect({ address: '127.0.0.1', port, transport: 'tls', serverName: 'localhost' });
  return { connect };
};

test('a server that demands a certificate gets that of the platform, and a renewed one without a restart', async () => {
  let stored = platform;
  const certificate = new ClientCertificate(async () => stored);
  const { connect } = await newTransports(() => certificate.current);
  const without = await startServer();
  await connect(without.port).catch(() => undefined);
  await eventually(() => expect(without.seen).toEqual(['rejected']), 1_000);

  await certificate.refresh();
  const first = await startServer();
  await connect(first.port);
  await eventually(() => expect(first.seen).toEqual(['DNS:sbc.example.com']), 1_000);

  stored = renewed;
  await certificate.refresh();
  const second = await startServer();
  await connect(second.port);
  await eventually(() => expect(second.seen).toEqual(['DNS:renewed.example.com']), 1_000);
});

test('a certificate that cannot be used leaves the former one in place, and no key in the error', async () => {
  let read: () => Promise<TlsIdentity> = async () => platform;
  const certificate = new ClientCertificate(() => read());
  await certificate.refresh();
  const broken: readonly (() => Promise<TlsIdentity>)[] = [
    async () => ({ key: renewed.key, cert: platform.cert }),
    async () => ({ key: 'no key', cert: platform.cert }),
    async () => ({ key: platform.key, cert: '' }),
    async () => Promise.reject(new Error('no secret')),
  ];
  for (const each of broken) {
    read = each;
    const error: unknown = await certificate.refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain('PRIVATE KEY');
    expect(certificate.current).toBe(platform);
  }
});

test('key and certificate are in two files, or in one text of a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-client-'));
  running.defer(() => rmSync(folder, { recursive: true }));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  writeFileSync(key, platform.key);
  writeFileSync(certificate, platform.cert);
  const noSecret = async () => expect.fail();
  expect(await readCertificate({ kind: 'files', key, certificate }, noSecret)).toEqual(platform);
  const names: string[] = [];
  const secret = new ClientCertificate(() =>
    readCertificate({ kind: 'secret', name: 'teams' }, async (name) => {
      names.push(name);
      return `${platform.cert}\n${platform.key}`;
    }),
  );
  await secret.refresh();
  const { connect } = await newTransports(() => secret.current);
  const { seen, port } = await startServer();
  await connect(port);
  await eventually(() => expect(seen).toEqual(['DNS:sbc.example.com']), 1_000);
  expect(names).toEqual(['teams']);
});
