import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { newCertificate } from './certificate.ts';

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

test('a TLS client that trusts it connects', async () => {
  const made = newCertificate(hosts, from, until);
  const server = createServer(made).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ca: made.cert });
  await once(client, 'secureConnect');
  expect(client.authorized).toBe(true);
  client.destroy();
  server.close();
});
