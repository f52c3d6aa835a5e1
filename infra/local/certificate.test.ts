import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { isCertificateFor, newCertificate, newSignedCertificate } from './certificate.ts';

const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
const hosts = ['localhost', 'pbx.example.com', '127.0.0.1', '192.0.2.200'];

test('a certificate is signed by its own key and names all hosts', () => {
  const { key, cert } = newCertificate(hosts, from, until);
  const read = new X509Certificate(cert);
  expect([read.verify(read.publicKey), read.checkPrivateKey(createPrivateKey(key)), read.subject]).toEqual([
    true,
    true,
    'CN=localhost',
  ]);
  expect([read.checkHost('pbx.example.com'), read.checkIP('192.0.2.200'), read.checkHost('other')]).toEqual([
    'pbx.example.com',
    '192.0.2.200',
    undefined,
  ]);
  expect(read.validToDate.getTime()).toBe(Math.floor(until.getTime() / 1_000) * 1_000);
});

/** Whether a TLS client that trusts an authority connects to a server. */
async function connects(server: { readonly key: string; readonly cert: string }, authority: string): Promise<boolean> {
  await using running = createServer(server).listen(0, '127.0.0.1');
  await once(running, 'listening');
  running.on('tlsClientError', () => undefined);
  const { port } = running.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ca: authority });
  const isTrusted = await once(client, 'secureConnect').then(
    () => client.authorized,
    () => false,
  );
  client.destroy();
  return isTrusted;
}

test('a TLS client that trusts it connects', async () => {
  const made = newCertificate(hosts, from, until);
  expect(await connects(made, made.cert)).toBe(true);
});

test('a TLS client that trusts the authority of a certificate connects, and no other one', async () => {
  const [made, other] = [newSignedCertificate(hosts, from, until), newSignedCertificate(hosts, from, until)];
  expect([await connects(made, made.authority), await connects(made, other.authority)]).toEqual([true, false]);
  const [certificate, authority] = [new X509Certificate(made.cert), new X509Certificate(made.authority)];
  expect([certificate.ca, authority.ca, certificate.checkIssued(authority)]).toEqual([false, true, true]);
  expect([certificate.keyUsage, certificate.checkIP('192.0.2.200')]).toEqual([['1.3.6.1.5.5.7.3.1'], '192.0.2.200']);
});

test('a certificate is good for its hosts, with its key, until its end', () => {
  const made = newSignedCertificate(hosts, from, until);
  const now = new Date();
  expect(isCertificateFor(made, hosts, now)).toBe(true);
  expect(isCertificateFor(made, [...hosts, 'other.example.com'], now)).toBe(false);
  expect(isCertificateFor(made, hosts, until)).toBe(false);
  expect(isCertificateFor({ ...made, key: newCertificate(hosts, from, until).key }, hosts, now)).toBe(false);
  expect(isCertificateFor({ key: '', cert: 'broken' }, hosts, now)).toBe(false);
});
