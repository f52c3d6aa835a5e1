import { hash as hashOf, timingSafeEqual } from 'node:crypto';

/** The strongest first (RFC 8760 §2.1). */
const hashes = { 'SHA-512-256': 'sha512-256', 'SHA-256': 'sha256', MD5: 'md5' } as const;

export type Algorithm = keyof typeof hashes;

/** In the order of their strength. */
export const algorithms = Object.keys(hashes) as readonly Algorithm[];

/**
 * The algorithm of a challenge or of credentials; MD5 where none is named (RFC 7616 §3.3). Session variants are none of
 * ours.
 */
export const algorithmOf = (name: string | undefined): Algorithm | undefined =>
  name === undefined ? 'MD5' : algorithms.find((algorithm) => algorithm === name.toUpperCase());

const hash = (algorithm: Algorithm, text: string): string => hashOf(hashes[algorithm], text);

/**
 * H(username:realm:password), which is kept in place of a password: it opens this realm and no other (RFC 7616 §3.4.2).
 * Hexadecimal.
 */
export const ha1 = (
  algorithm: Algorithm,
  of: { readonly username: string; readonly realm: string; readonly password: string },
): string => hash(algorithm, `${of.username}:${of.realm}:${of.password}`);

export type DigestInput = {
  readonly ha1: string;
  readonly method: string;
  /** As it stands in the credentials. */
  readonly uri: string;
  readonly nonce: string;
  /** Undefined for an elder client, or challenge, without qop (RFC 7616 §3.4.1). */
  readonly qop: { readonly count: string; readonly cnonce: string } | undefined;
};

/** The value of `response`, with qop auth or none. Hexadecimal. */
export function digest(algorithm: Algorithm, { ha1: secret, method, uri, nonce, qop }: DigestInput): string {
  const middle = qop === undefined ? nonce : `${nonce}:${qop.count}:${qop.cnonce}:auth`;
  return hash(algorithm, `${secret}:${middle}:${hash(algorithm, `${method}:${uri}`)}`);
}

/** Compares without telling by its time how much was right. */
export function sameDigest(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other.toLowerCase())];
  return left.length === right.length && timingSafeEqual(left, right);
}
