import { X509Certificate } from 'node:crypto';
import { detailsOf, mayUse, oids, signatureHash, validityOf, type Details } from './certificate-details.ts';
import { contextTag, integerOf, readDer, tags, valuesIn, type Der } from './der.ts';
import { isPassportKey } from './passport-key.ts';
import { identityFault, type IdentityFault } from './passport.ts';
import { noRevocations, type Revocations } from './revocation-list.ts';
import type { TrustedCertificate } from './verification.ts';

/** A certificate with its issuers, leaf first; or a list of authorities. */
export type CertificateChain = readonly X509Certificate[];

/** What a certificate may speak for (RFC 8226 §9). */
export type TnAuthorization = {
  /** Service provider codes. */
  readonly spcs: readonly string[];
  /** Canonical first numbers, and how many numbers from each on. */
  readonly ranges: readonly { readonly start: string; readonly count: number }[];
};

/** Characters of PEM that are read at most. */
export const maxPemLength = 32 * 1_024;
/** Certificates of a chain at most. */
const maxChainLength = 8;
/** Authorities at most. */
export const maxAuthorities = 200;

const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Reads certificates in PEM.
 * @returns undefined if there is none, one that cannot be read, or more than `max`
 */
export function readCertificates(pem: string, max: number): CertificateChain | undefined {
  const blocks = pem.match(pemBlock) ?? [];
  if (blocks.length === 0 || blocks.length > max) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** Reads a chain in PEM. @returns undefined if it is none, or longer than the limits */
export const readChain = (pem: string): CertificateChain | undefined =>
  pem.length > maxPemLength ? undefined : readCertificates(pem, maxChainLength);

/** Critical extensions that are checked, or that do not limit what is used here: policies, and key identifiers. */
const understood: ReadonlySet<string> = new Set([
  oids.keyUsage,
  oids.basicConstraints,
  oids.tnAuthorizationList,
  '2.5.29.14',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.35',
  '2.5.29.37',
]);

const text = ({ tag, content }: Der): string => {
  if (tag !== tags.ia5String) throw new RangeError('a TNEntry is no IA5String');
  return content.toString('latin1');
};

/** The entries of a TNAuthorizationList (RFC 8226 §9); its tags are explicit. @throws RangeError if it is malformed */
function readAuthorization(value: Buffer): TnAuthorization {
  const [list] = readDer(value);
  const spcs: string[] = [];
  const ranges: { start: string; count: number }[] = [];
  for (const { tag, content } of valuesIn(list, tags.sequence)) {
    const [entry] = readDer(content);
    if (entry === undefined) throw new RangeError('a TNEntry is empty');
    if (tag === contextTag(0)) spcs.push(text(entry));
    else if (tag === contextTag(1)) {
      const [start, count] = valuesIn(entry, tags.sequence);
      if (start === undefined) throw new RangeError('a range has no start');
      ranges.push({ start: text(start), count: integerOf(count) });
    } else if (tag === contextTag(2)) ranges.push({ start: text(entry), count: 1 });
    else throw new RangeError('a TNEntry is of an unknown kind');
  }
  return { spcs, ranges };
}

/** @throws RangeError if the extension is malformed */
function authorizationIn({ extensions }: Details): TnAuthorization | undefined {
  const extension = extensions.get(oids.tnAuthorizationList);
  return extension === undefined ? undefined : readAuthorization(extension.value);
}

/** The TNAuthorizationList of a certificate; undefined if there is none, or one that cannot be read. */
export function tnAuthorization(certificate: X509Certificate): TnAuthorization | undefined {
  try {
    return authorizationIn(detailsOf(certificate));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A range has numbers of one length (RFC 8226 §9). */
function isInRange(number: string, { start, count }: TnAuthorization['ranges'][number]): boolean {
  if (number.length !== start.length || !/^[0-9]{1,15}$/.test(start) || !/^[0-9]+$/.test(number)) return false;
  const offset = Number(number) - Number(start);
  return offset >= 0 && offset < count;
}

/**
 * Whether an authorization is for a number. A service provider code is for any number: which numbers a provider
 * serves is known to no verifier (ATIS-1000074).
 */
const isCovered = (number: string, { spcs, ranges }: TnAuthorization): boolean =>
  spcs.length > 0 || ranges.some((range) => isInRange(number, range));

/** How many issuers may be between this authority and the leaf; none if it is no authority. */
function pathLimit({ extensions }: Details): number | undefined {
  const extension = extensions.get(oids.basicConstraints);
  if (extension === undefined) return undefined;
  const [sequence] = readDer(extension.value);
  const [isAuthority, limit] = valuesIn(sequence, tags.sequence);
  if (isAuthority?.tag !== tags.boolean || isAuthority.content[0] === 0) return undefined;
  return limit === undefined ? maxChainLength : integerOf(limit);
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** What is wrong with a certificate by itself. @throws RangeError if it is malformed */
function certificateProblem(certificate: X509Certificate, details: Details, now: number): string | undefined {
  const { from, to } = validityOf(certificate);
  if (!(from <= now)) return 'is not valid yet';
  if (!(now <= to)) return 'is expired';
  if (signatureHash(details.signatureAlgorithm) === undefined) return 'is not signed by ECDSA with SHA-2';
  if (details.extensions.has(oids.jwtClaimConstraints) || details.extensions.has(oids.enhancedJwtClaimConstraints))
    return 'limits claims, which is not supported';
  const unknown = [...details.extensions].some(([id, { isCritical }]) => isCritical && !understood.has(id));
  return unknown ? 'has a critical extension that is not supported' : undefined;
}

/** What is wrong with the leaf. @throws RangeError if it is malformed */
function leafProblem(leaf: X509Certificate, details: Details): string | undefined {
  if (leaf.ca) return 'is that of an authority';
  if (!isPassportKey(leaf.publicKey)) return 'has a key that is not P-256';
  if (!mayUse(details, 'digitalSignature')) return 'may not sign';
  return authorizationIn(details) === undefined ? 'has no TNAuthorizationList' : undefined;
}

/** What is wrong with an issuer above so many others. @throws RangeError if it is malformed */
const issuerProblem = (details: Details, below: number): string | undefined =>
  (pathLimit(details) ?? -1) < below ? 'may not issue certificates' : undefined;

/** The leaf, its issuers in the chain, and the authority; undefined if it does not reach one. */
function pathOf(chain: CertificateChain, authorities: CertificateChain): CertificateChain | undefined {
  const [leaf, ...above] = chain;
  if (leaf === undefined) return undefined;
  const path = [leaf];
  const left = new Set(above);
  for (let last = leaf; ;) {
    const authority = authorities.find((each) => isIssuedBy(last, each));
    if (authority !== undefined) return [...path, authority];
    const next = [...left].find((each) => isIssuedBy(last, each));
    if (next === undefined) return undefined;
    left.delete(next);
    path.push(next);
    last = next;
  }
}

/** @throws RangeError if a certificate is malformed */
function trustPath(path: CertificateChain, revocations: Revocations, now: number): TrustedCertificate | IdentityFault {
  const authorizations: TnAuthorization[] = [];
  for (const [at, certificate] of path.entries()) {
    const details = detailsOf(certificate);
    const problem =
      certificateProblem(certificate, details, now) ??
      (revocations.has(certificate) ? 'is revoked' : undefined) ??
      (at === 0 ? leafProblem(certificate, details) : issuerProblem(details, at - 1));
    if (problem !== undefined) return identityFault(437, `${at === 0 ? 'the certificate' : 'an issuer'} ${problem}`);
    // An authority with a list limits those below it (RFC 8226 §5).
    authorizations.push(...[authorizationIn(details)].filter((list) => list !== undefined));
  }
  const [leaf] = path;
  if (leaf === undefined) return identityFault(437, 'there is no certificate');
  return {
    key: leaf.publicKey,
    covers: (number) => authorizations.every((list) => isCovered(number, list)),
    until: Math.min(...path.map((certificate) => validityOf(certificate).to)),
  };
}

/**
 * Trusts a chain by a list of authorities, if no certificate of it is revoked.
 * @param now milliseconds since the epoch
 */
export function trustChain(
  chain: CertificateChain,
  authorities: CertificateChain,
  now: number,
  revocations = noRevocations,
): TrustedCertificate | IdentityFault {
  try {
    const path = pathOf(chain, authorities);
    return path === undefined ? identityFault(437, 'no authority is trusted') : trustPath(path, revocations, now);
  } catch {
    // Bytes that OpenSSL reads, and that are no certificate of RFC 5280.
    return identityFault(437, 'a certificate is malformed');
  }
}

/**
 * What is wrong with a certificate that should sign calls: a sentence that follows its name.
 * @param now milliseconds since the epoch
 */
export function signerProblem(chain: CertificateChain, now: number): string | undefined {
  try {
    const [leaf] = chain;
    if (leaf === undefined) return 'is missing';
    const isInOrder = chain.every((each, at) => {
      const issuer = chain[at + 1];
      return issuer === undefined || isIssuedBy(each, issuer);
    });
    if (!isInOrder) return 'is not followed by its issuers in order';
    const details = detailsOf(leaf);
    return certificateProblem(leaf, details, now) ?? leafProblem(leaf, details);
  } catch {
    return 'is malformed';
  }
}
