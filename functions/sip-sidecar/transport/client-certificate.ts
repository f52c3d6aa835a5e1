import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Key and certificate with its chain, in PEM. */
export type TlsIdentity = { readonly key: string; readonly cert: string };

/** Where the certificate of outgoing connections is: two files, or a secret with key and chain in one text. */
export type CertificateSource =
  | { readonly kind: 'files'; readonly key: string; readonly certificate: string }
  | { readonly kind: 'secret'; readonly name: string };

/** Reads a certificate. @param readSecret reads a secret by its name */
export async function readCertificate(
  source: CertificateSource,
  readSecret: (name: string) => Promise<string>,
): Promise<TlsIdentity> {
  if (source.kind === 'secret') {
    const text = await readSecret(source.name);
    return { key: text, cert: text };
  }
  const [key, cert] = await Promise.all([source.key, source.certificate].map((file) => readFile(file, 'utf8')));
  return { key: key ?? '', cert: cert ?? '' };
}

/**
 * The certificate that outgoing TLS connections present to servers that demand one (RFC 8446 §4.3.2), such as those of
 * Microsoft Teams. It is read again periodically, so that a renewed one needs no restart.
 */
export class ClientCertificate {
  readonly #read: () => Promise<TlsIdentity>;
  #current: TlsIdentity | undefined;

  constructor(read: () => Promise<TlsIdentity>) {
    this.#read = read;
  }

  /** Undefined: there is none, and connections present none. */
  get current(): TlsIdentity | undefined {
    return this.#current;
  }

  /** Reads it again. One that cannot be used leaves the former one in place. @throws Error without keys */
  async refresh(): Promise<void> {
    const read = await this.#read();
    if (!new X509Certificate(read.cert).checkPrivateKey(createPrivateKey(read.key)))
      throw new Error('The key is not that of the client certificate');
    this.#current = read;
  }
}
