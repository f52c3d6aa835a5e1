import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ownCertificate } from './https.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-https-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hosts = ['192.0.2.10', 'localhost'];

test('the certificate stays, is for its owner only, and has the fingerprint that is told', () => {
  const first = ownCertificate(folder, hosts);
  expect(Object.values(first.files).map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  expect(ownCertificate(folder, hosts)).toEqual(first);
  expect(new X509Certificate(readFileSync(first.files.certificate)).fingerprint256).toBe(first.fingerprint);
});

test('another host, the end of its time and a lost authority need a new certificate', () => {
  const first = ownCertificate(folder, hosts);
  const named = ownCertificate(folder, ['pbx.example.com', ...hosts]);
  expect(named.fingerprint).not.toBe(first.fingerprint);
  const end = new Date(new X509Certificate(named.cert).validToDate.getTime() - 1_000);
  const later = ownCertificate(folder, hosts, end);
  expect(later.fingerprint).not.toBe(named.fingerprint);
  rmSync(later.files.authority);
  expect(ownCertificate(folder, hosts).fingerprint).not.toBe(later.fingerprint);
});
