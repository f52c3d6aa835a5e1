import { createHash } from 'node:crypto';
import type { Attestation } from '#telephony/caller-identity.ts';

/** What the platform says of the callers of calls that it signs (RFC 8588 §4, ATIS-1000074 §5.2.3). */

/** The number that a peer shows as the caller. */
type SignedNumber = {
  /** The organization that has it as an active number; undefined: none has. */
  readonly holder: number | undefined;
  /** The organization whose call it is, and whose gateway and certificate it is. */
  readonly organization: number;
  /** Whether it is the number that a peer has named, of a call that is sent on. */
  readonly isOriginal: boolean;
};

/**
 * A: the number is one of the organization's own. B: the organization is known, and its seller lets it present numbers
 * of others. C: a peer has brought the call, and nothing proves its caller.
 */
export function attestationOf({ holder, organization, isOriginal }: SignedNumber): Attestation {
  if (isOriginal) return 'C';
  return holder === organization ? 'A' : 'B';
}

/**
 * Where a call entered the network: a UUID (RFC 9562 §5.8) of its organization, which is always the same.
 * @param domain that of the platform
 */
export function originOf(organization: number, domain: string): string {
  const hash = createHash('sha256').update(`origid ${domain} ${organization}`).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
