import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';

/** Private keys of tenants, with which the platform signs in their name at another system. */

/** Bits (RFC 7518 §3.3). */
export const minKeyLength = 2_048;

/** Whether a text is an RSA key in PEM, without passphrase, that is long enough to sign. */
export function isSigningKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= minKeyLength;
  } catch {
    // No PEM, or one with a passphrase.
    return false;
  }
}

/** The claims of an assertion (RFC 7523 §3). Times are Unix seconds. */
export type Claims = {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly issued: number;
  readonly expires: number;
};

/** A signed JWT (RS256). */
export const signAssertion = ({ issuer, subject, audience, issued, expires }: Claims, pem: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt(issued)
    .setExpirationTime(expires)
    .sign(createPrivateKey(pem));
