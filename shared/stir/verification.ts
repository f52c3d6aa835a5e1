import type { KeyObject } from 'node:crypto';
import {
  canonicalNumber,
  identityFault,
  isSignedBy,
  readPassport,
  type Attestation,
  type IdentityFault,
  type IdentityReason,
  type Passport,
} from './passport.ts';

export type Verstat = 'TN-Validation-Passed' | 'TN-Validation-Failed' | 'No-TN-Validation';

/** What verification of a call's `Identity` headers gives. */
export type Verification = {
  readonly verstat: Verstat;
  /** Only if passed. */
  readonly attestation?: Attestation;
  /** Only if passed. */
  readonly origid?: string;
  /** Status of RFC 8224 §6.2.2; absent if passed. */
  readonly reason?: IdentityReason;
  /** Numbers that the call was diverted from, in order; absent if none. Only if passed. */
  readonly div?: readonly string[];
  /** The headers that prove the result, as received, in order: they go on with the call. Empty unless passed. */
  readonly identities: readonly string[];
};

/** A certificate whose chain is trusted now. */
export type TrustedCertificate = {
  readonly key: KeyObject;
  /** Whether the certificate may speak for a number. @param number canonical */
  readonly covers: (number: string) => boolean;
  /** Milliseconds since the epoch at which a certificate of the chain ends. */
  readonly until: number;
};

/** Finds the certificate of an `x5u`, or says why there is none: 436 (not retrieved) or 437 (not trusted). */
export type CertificateOf = (x5u: string) => Promise<TrustedCertificate | IdentityFault>;

export type CallToVerify = {
  /** Values of `Identity` headers. The first three are read. */
  readonly identities: readonly string[];
  /** Calling number, in any form that `canonicalNumber` reads. */
  readonly orig: string;
  /** Called number. */
  readonly dest: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly certificateOf: CertificateOf;
};

/** Headers that are read at most. */
const maxIdentities = 3;
/** Seconds that `iat` may differ from the clock (RFC 8224 §6.2). */
const freshness = 60;

/** Whether the date of a token may be verified. @param iat Unix seconds. @param now milliseconds since the epoch */
const isFresh = (iat: number, now: number): boolean => Math.abs(Math.floor(now / 1_000) - iat) <= freshness;

/** Whether the next verifier would accept the date of an `Identity` header. @param now milliseconds since the epoch */
export function isFreshIdentity(identity: string, now: number): boolean {
  const passport = readPassport(identity);
  return passport !== undefined && 'claims' in passport && isFresh(passport.claims.iat, now);
}

/** A header that was read. */
type Read = { readonly identity: string; readonly passport: Passport };

/** `shaken`, then each `div` up to the called number (RFC 8946 §4.2); undefined if they do not reach it. */
function chainTo(dest: string, shaken: Read, diversions: readonly Read[]): readonly Read[] | undefined {
  const chain = [shaken];
  const left = new Set(diversions);
  let reached = shaken.passport.claims;
  while (!reached.dest.includes(dest)) {
    const next = [...left].find(({ passport: { claims } }) => reached.dest.includes(claims.div ?? ''));
    if (next === undefined) return undefined;
    left.delete(next);
    chain.push(next);
    reached = next.passport.claims;
  }
  return chain;
}

/** What can be said without the certificate: so a header that cannot pass costs no fetch and no signature. */
function claimFault({ claims }: Passport, orig: string, now: number): IdentityFault | undefined {
  if (claims.orig !== orig) return identityFault(438, 'the calling numbers differ');
  if (!isFresh(claims.iat, now)) return identityFault(403, 'the date is stale');
  return undefined;
}

/** The fault of one header by its certificate and signature. */
async function proofFault(passport: Passport, certificateOf: CertificateOf): Promise<IdentityFault | undefined> {
  const { x5u, claims } = passport;
  const certificate = await certificateOf(x5u).catch(() => identityFault(436, 'the certificate was not retrieved'));
  if ('reason' in certificate) return certificate;
  // The signer of a diversion speaks for the number that it diverts (RFC 8946 §4.2).
  if (!certificate.covers(claims.div ?? claims.orig))
    return identityFault(437, 'the certificate does not cover the number');
  return isSignedBy(passport, certificate.key) ? undefined : identityFault(438, 'the signature is wrong');
}

const unverified = (reason: IdentityReason): Verification => ({
  // Without the certificate nothing is known about the number.
  verstat: reason === 428 || reason === 436 ? 'No-TN-Validation' : 'TN-Validation-Failed',
  reason,
  identities: [],
});

function passed(chain: readonly Read[]): Verification {
  const [first] = chain;
  const { attest, origid } = first?.passport.claims ?? {};
  const div = chain.flatMap(({ passport }) => passport.claims.div ?? []);
  return {
    verstat: 'TN-Validation-Passed',
    ...(attest === undefined ? {} : { attestation: attest }),
    ...(origid === undefined ? {} : { origid }),
    ...(div.length === 0 ? {} : { div }),
    identities: chain.map(({ identity }) => identity),
  };
}

/** Verifies the caller of an INVITE (RFC 8224 §6.2, RFC 8588, RFC 8946 §4.2). Never rejects. */
export async function verifyIdentity({ identities, now, certificateOf, ...call }: CallToVerify): Promise<Verification> {
  const [orig, dest] = [canonicalNumber(call.orig), canonicalNumber(call.dest)];
  if (orig === undefined || dest === undefined) return unverified(428);
  const faults: IdentityReason[] = [];
  const read: Read[] = [];
  for (const identity of identities.slice(0, maxIdentities)) {
    const passport = readPassport(identity);
    if (passport === undefined) continue;
    if ('reason' in passport) faults.push(passport.reason);
    else read.push({ identity, passport });
  }
  const diversions = read.filter(({ passport }) => passport.ppt === 'div');
  const proofs = new Map<Passport, Promise<IdentityFault | undefined>>();
  const proofOf = (passport: Passport): Promise<IdentityFault | undefined> => {
    const proof = proofs.get(passport) ?? proofFault(passport, certificateOf);
    proofs.set(passport, proof);
    return proof;
  };
  for (const shaken of read.filter(({ passport }) => passport.ppt === 'shaken')) {
    const chain = chainTo(dest, shaken, diversions) ?? [];
    const claims = chain.map(({ passport }) => claimFault(passport, orig, now)).find((fault) => fault !== undefined);
    if (chain.length === 0) faults.push(438);
    else if (claims !== undefined) faults.push(claims.reason);
    else {
      const proven = await Promise.all(chain.map(({ passport }) => proofOf(passport)));
      const fault = proven.find((each) => each !== undefined);
      if (fault === undefined) return passed(chain);
      faults.push(fault.reason);
    }
  }
  return unverified(faults[0] ?? 428);
}
