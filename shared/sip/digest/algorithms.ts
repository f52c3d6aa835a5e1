import { hash as hashOf, timingSafeEqual } from 'node:crypto';

/** Strongest first (RFC 8760 §2.1). */
const hashes = { 'SHA-512-256': 'sha512-256', 'SHA-256': 'sha256', MD5: 'md5' } as const;

/** Name of an algorithm, as in challenges. */
export type Algorithm = keyof typeof hashes;

/** Strongest first. */
export const algorithms = Object.keys(hashes) as readonly Algorithm[];

/**
 * The algorithm of a challenge or of credentials. Default: MD5 (RFC 7616 §3.3). Session variants (`-sess`) are not
 * supported: undefined.
 */
export const algorithmOf = (name: string | undefined): Algorithm | undefined =>
  name === undefined ? 'MD5' : algorithms.find((algorithm) => algorithm === name.toUpperCase());

const hash = (algorithm: Algorithm, text: string): string => hashOf(hashes[algorithm], text);

/**
 * H(username:realm:password) in hexadecimal (RFC 7616 §3.4.2). Stored instead of a password, as it is valid in one
 * realm only.
 */
export const ha1 = (
  algorithm: Algorithm,
  of: { readonly username: string; readonly realm: string; readonly password: string },
): string => hash(algorithm, `${of.username}:${of.realm}:${of.password}`);

/** The input of a digest besides the algorithm. */
export type DigestInput = {
  readonly ha1: string;
  readonly method: string;
  /** `uri` as written in the credentials. */
  readonly uri: string;
  readonly nonce: string;
  /** Undefined without qop, as in RFC 2069 (RFC 7616 §3.4.1). */
  readonly qop: { readonly count: string; readonly cnonce: string } | undefined;
};

/** The value of `response` in hexadecimal, with qop `auth` or without qop. */
export function digest(algorithm: Algorithm, { ha1: secret, method, uri, nonce, qop }: DigestInput): string {
  const middle = qop === undefined ? nonce : `${nonce}:${qop.count}:${qop.cnonce}:auth`;
  return hash(algorithm, `${secret}:${middle}:${hash(algorithm, `${method}:${uri}`)}`);
}

/** Compares in constant time, so that the duration does not reveal how many characters match. */
export function isSameDigest(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other.toLowerCase())];
  return left.length === right.length && timingSafeEqual(left, right);
}
