import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { isCertificateFor, newSignedCertificate } from './certificate.ts';
import { textIn, writeDurably } from './machine/data-dir.ts';

/** Browsers give microphones to secure pages only: beyond this machine, by HTTPS and WSS with a certificate. */

const day = 24 * 60 * 60 * 1_000;
/** Milliseconds: some systems reject a certificate of more than 825 days. */
const lifetime = 800 * day;
/** Milliseconds before its end from which a start replaces it. */
const renewal = 30 * day;

/** The certificate of this machine, in the data directory. */
export type OwnCertificate = {
  readonly key: string;
  readonly cert: string;
  /** Files (PEM): of the key, of the certificate, and of the authority that browsers may import. */
  readonly files: { readonly key: string; readonly certificate: string; readonly authority: string };
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string;
};

/**
 * A key and a certificate for HTTPS and WSS, readable by their owner only. They are made once, and again when they end
 * soon or do not name a host.
 * @param hosts names and IPv4 addresses by which browsers reach this machine
 */
export function ownCertificate(dataDir: string, hosts: readonly string[], now = new Date()): OwnCertificate {
  const files = {
    key: join(dataDir, 'https-key.pem'),
    certificate: join(dataDir, 'https-certificate.pem'),
    authority: join(dataDir, 'https-authority.pem'),
  };
  const stored = { key: textIn(files.key), cert: textIn(files.certificate) };
  const isUsable =
    isCertificateFor(stored, hosts, new Date(now.getTime() + renewal)) &&
    isSignedBy(stored.cert, textIn(files.authority));
  const { key, cert } = isUsable ? stored : newFiles(files, hosts, now);
  return { key, cert, files, fingerprint: new X509Certificate(cert).fingerprint256 };
}

function newFiles(files: OwnCertificate['files'], hosts: readonly string[], now: Date) {
  const until = new Date(now.getTime() + lifetime);
  const made = newSignedCertificate(hosts, new Date(now.getTime() - day), until);
  writeDurably(files.key, made.key);
  writeDurably(files.authority, made.authority);
  writeDurably(files.certificate, made.cert);
  return made;
}

function isSignedBy(cert: string, authority: string): boolean {
  return authority !== '' && new X509Certificate(cert).verify(new X509Certificate(authority).publicKey);
}
