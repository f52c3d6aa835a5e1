import { createHash } from 'node:crypto';

const hex = (algorithm: 'md5' | 'sha256', text: string): string => createHash(algorithm).update(text).digest('hex');

type Credentials = { readonly username: string; readonly realm: string; readonly password: string };

/** HA1 values for both digest algorithms that the registrar offers (RFC 7616 §3.4.2, RFC 8760 §2.6), in hex. */
export function ha1Of({ username, realm, password }: Credentials): {
  readonly realm: string;
  readonly md5: string;
  readonly sha256: string;
} {
  const secret = `${username}:${realm}:${password}`;
  return { realm, md5: hex('md5', secret), sha256: hex('sha256', secret) };
}
