import { createHash } from 'node:crypto';

const digest = (algorithm: 'md5' | 'sha256', text: string): string => createHash(algorithm).update(text).digest('hex');

type Known = { readonly username: string; readonly realm: string; readonly password: string };

/** What the registrar checks a digest by, for both algorithms that it offers (RFC 7616 §3.4.2, RFC 8760 §2.6). */
export function ha1Of({ username, realm, password }: Known): {
  readonly realm: string;
  readonly md5: string;
  readonly sha256: string;
} {
  const secret = `${username}:${realm}:${password}`;
  return { realm, md5: digest('md5', secret), sha256: digest('sha256', secret) };
}
