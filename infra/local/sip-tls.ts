import { join } from 'node:path';
import { isCertificateFor, newCertificate } from './certificate.ts';
import { textIn, writeDurably } from './data-dir.ts';

/** Lifetime of a certificate, and the time before its end from which a start replaces it, in milliseconds. */
const day = 24 * 60 * 60 * 1_000;
const lifetime = 3_650 * day;
const renewal = 30 * day;

/** Settings of the sidecar: the files of its key and certificate. */
export type SipTlsFiles = { readonly SIP_TLS_KEY: string; readonly SIP_TLS_CERTIFICATE: string };

/**
 * The key and the self-signed certificate of SIP over TLS in the data directory, readable by their owner only. They are
 * made once, and again when they end soon or do not name a host.
 * @param advertised the host that phones connect to
 */
export function sipTlsFiles(dataDir: string, advertised: string, now = new Date()): SipTlsFiles {
  const files = {
    SIP_TLS_KEY: join(dataDir, 'sip-tls-key.pem'),
    SIP_TLS_CERTIFICATE: join(dataDir, 'sip-tls-certificate.pem'),
  };
  const hosts = [...new Set(['localhost', '127.0.0.1', advertised])];
  if (!isUsable(files, hosts, now)) {
    const { key, cert } = newCertificate(hosts, new Date(now.getTime() - day), new Date(now.getTime() + lifetime));
    writeDurably(files.SIP_TLS_KEY, key);
    writeDurably(files.SIP_TLS_CERTIFICATE, cert);
  }
  return files;
}

/** A start that was interrupted may have left a new key beside an old certificate. */
function isUsable(
  { SIP_TLS_KEY: key, SIP_TLS_CERTIFICATE: file }: SipTlsFiles,
  hosts: readonly string[],
  now: Date,
): boolean {
  const at = new Date(now.getTime() + renewal);
  return isCertificateFor({ key: textIn(key), cert: textIn(file) }, hosts, at);
}
