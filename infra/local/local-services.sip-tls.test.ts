import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sipTlsFiles } from './local-services.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-sip-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const certificateOf = (advertised: string, now?: Date): X509Certificate =>
  new X509Certificate(readFileSync(sipTlsFiles(folder, advertised, now).SIP_TLS_CERTIFICATE));

test('the certificate stays, and only its owner reads it and its key', () => {
  const { SIP_TLS_KEY: key, SIP_TLS_CERTIFICATE: certificate } = sipTlsFiles(folder, '127.0.0.1');
  expect([key, certificate].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(certificateOf('127.0.0.1').fingerprint256).toBe(certificateOf('127.0.0.1').fingerprint256);
});

test('another host, the end of its time and a foreign key need a new certificate', () => {
  const first = certificateOf('127.0.0.1');
  const named = certificateOf('pbx.example.com');
  expect([named.fingerprint256 === first.fingerprint256, named.checkHost('pbx.example.com')]).toEqual([
    false,
    'pbx.example.com',
  ]);
  const later = certificateOf('pbx.example.com', new Date(named.validToDate.getTime() - 1_000));
  expect(later.fingerprint256).not.toBe(named.fingerprint256);
  writeFileSync(join(folder, 'sip-tls-key.pem'), 'broken');
  expect(certificateOf('pbx.example.com').fingerprint256).not.toBe(later.fingerprint256);
});
