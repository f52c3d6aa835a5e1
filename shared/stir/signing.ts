import type { KeyObject } from 'node:crypto';
import { canonicalNumber, writePassport, type Attestation } from './passport.ts';

/** The key and the public address of the certificate of the signer. */
export type Signer = { readonly key: KeyObject; readonly x5u: string };

export type CallToSign = {
  readonly signer: Signer;
  readonly attestation: Attestation;
  /** UUID of the origin (RFC 8588 §5). */
  readonly origid: string;
  readonly orig: string;
  readonly dest: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

const seconds = (now: number): number => Math.floor(now / 1_000);

/** The `Identity` header of an outbound call. @returns undefined if a party is no telephone number */
export function signCall({ signer, attestation, origid, now, ...call }: CallToSign): string | undefined {
  const orig = canonicalNumber(call.orig);
  const dest = canonicalNumber(call.dest);
  if (orig === undefined || dest === undefined) return undefined;
  const claims = { attest: attestation, dest: [dest], iat: seconds(now), orig, origid };
  return writePassport({ ppt: 'shaken', claims, ...signer });
}

export type DiversionToSign = {
  readonly signer: Signer;
  readonly orig: string;
  /** The new target. */
  readonly dest: string;
  /** The number that the call was for. */
  readonly div: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/**
 * One more `Identity` header for a call that is forwarded (RFC 8946 §4.1).
 * @returns undefined if a party is no telephone number
 */
export function signDiversion({ signer, now, ...call }: DiversionToSign): string | undefined {
  const [orig, dest, div] = [call.orig, call.dest, call.div].map(canonicalNumber);
  if (orig === undefined || dest === undefined || div === undefined) return undefined;
  return writePassport({ ppt: 'div', claims: { dest: [dest], div, iat: seconds(now), orig }, ...signer });
}
