import { verify, type X509Certificate } from 'node:crypto';
import {
  detailsOf,
  extensionsIn,
  mayUse,
  oids,
  signatureHash,
  validityOf,
  type Extension,
} from './certificate-details.ts';
import { contextTag, objectIdOf, readDer, serialOf, tags, timeOf, valuesIn, type Der } from './der.ts';
import { certificateKey, identityOf, nameOf } from './distinguished-name.ts';

/** Lists of revoked certificates (CRL, RFC 5280 §5), also those of one publisher for all issuers (indirect CRL). */

/** Bytes of a list at most. */
export const maxListLength = 1_024 * 1_024;

/** A list that an issuer has signed. Times are milliseconds since the epoch. */
export type RevocationList = {
  readonly thisUpdate: number;
  /** When the next list comes at the latest; undefined: the list does not say. */
  readonly nextUpdate: number | undefined;
  /** Keys of certificates (`certificateKey`). */
  readonly revoked: ReadonlySet<string>;
};

/** A list as it is read before its signature is checked. */
type ReadList = Omit<RevocationList, 'revoked'> & {
  readonly issuer: string;
  readonly entries: Der | undefined;
  readonly extensions: Der | undefined;
  /** What is signed, by which algorithm, and the signature. */
  readonly signed: Buffer;
  readonly algorithm: string;
  readonly signature: Buffer;
};

/**
 * Critical extensions that are read, or that limit a list to some certificates, of which each entry is one. A list of
 * changes alone (delta CRL) has another one.
 */
const understood: ReadonlySet<string> = new Set([oids.issuingDistributionPoint, oids.certificateIssuer]);

const pemForm = /^\s*-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----\s*$/;

/** DER, which some publish as PEM. */
function derOf(bytes: Buffer): Buffer {
  const pem = bytes[0] === tags.sequence ? undefined : pemForm.exec(bytes.toString('latin1'))?.[1];
  return pem === undefined ? bytes : Buffer.from(pem, 'base64');
}

const isTime = ({ tag }: Der): boolean => tag === tags.utcTime || tag === tags.generalizedTime;

/** The name in GeneralNames (RFC 5280 §4.2.1.6). */
function issuerIn(value: Buffer): string {
  const [names] = readDer(value);
  const directory = valuesIn(names, tags.sequence).find(({ tag }) => tag === contextTag(4));
  if (directory === undefined) throw new RangeError('an issuer has no name');
  return nameOf(readDer(directory.content)[0]);
}

/** Critical extensions that are not known. */
const unknownIn = (extensions: ReadonlyMap<string, Extension>): readonly string[] =>
  [...extensions].flatMap(([id, { isCritical }]) => (isCritical && !understood.has(id) ? id : []));

/** Entries at most. */
const maxEntries = 50_000;

/** Keys of the certificates, and critical extensions that are not known. @throws RangeError if an entry is malformed */
function readEntries({ entries, issuer }: ReadList) {
  const revoked = new Set<string>();
  const unknown: string[] = [];
  let last = issuer;
  for (const entry of entries === undefined ? [] : valuesIn(entries, tags.sequence, maxEntries)) {
    const [serial, time, list] = valuesIn(entry, tags.sequence);
    timeOf(time);
    const extensions = list === undefined ? undefined : extensionsIn(list);
    if (extensions !== undefined) unknown.push(...unknownIn(extensions));
    // The issuer of an entry is that of the entries after it, too (RFC 5280 §5.3.3).
    const other = extensions?.get(oids.certificateIssuer);
    if (other !== undefined) last = issuerIn(other.value);
    revoked.add(certificateKey(last, serialOf(serial)));
  }
  return { revoked, unknown };
}

/** @throws RangeError if the bytes have not the form of RFC 5280 §5.1 */
function readList(bytes: Buffer): ReadList {
  const [list] = readDer(derOf(bytes));
  const [content, algorithm, signature] = valuesIn(list, tags.sequence);
  const [first, ...others] = valuesIn(content, tags.sequence);
  if (first === undefined || content === undefined || signature?.tag !== tags.bitString)
    throw new RangeError('a list is not signed');
  // Version, algorithm, issuer, time, time of the next list, entries, extensions.
  const [, name, time, ...more] = first.tag === tags.integer ? others : [first, ...others];
  const [next] = more.filter(isTime);
  const wrapped = more.find(({ tag }) => tag === contextTag(0));
  return {
    issuer: nameOf(name),
    thisUpdate: timeOf(time),
    nextUpdate: next === undefined ? undefined : timeOf(next),
    entries: more.find(({ tag }) => tag === tags.sequence),
    extensions: wrapped === undefined ? undefined : readDer(wrapped.content)[0],
    signed: content.bytes,
    algorithm: objectIdOf(valuesIn(algorithm, tags.sequence)[0]),
    signature: signature.content.subarray(1),
  };
}

/** Whether an issuer has signed a list. Its name alone says nothing. */
function isSignedBy({ signed, algorithm, signature, issuer }: ReadList, certificate: X509Certificate): boolean {
  const hash = signatureHash(algorithm);
  if (hash === undefined || certificate.publicKey.asymmetricKeyType !== 'ec') return false;
  return identityOf(certificate).subject === issuer && verify(hash, signed, certificate.publicKey, signature);
}

/** Milliseconds that clocks may differ. */
const clockDifference = 60_000;

/** What is wrong with a list, after "the list". @throws RangeError if an issuer is malformed */
function problemOf(list: ReadList, issuers: readonly X509Certificate[], now: number): string | undefined {
  const issuer = issuers.find((each) => isSignedBy(list, each));
  if (issuer === undefined) return 'is not signed by its issuer with ECDSA and SHA-2';
  const { from, to } = validityOf(issuer);
  if (!(from <= now && now <= to)) return 'has an issuer that is not valid now';
  if (!mayUse(detailsOf(issuer), 'cRLSign')) return 'has an issuer that may not sign lists';
  return list.thisUpdate > now + clockDifference ? 'is not valid yet' : undefined;
}

/**
 * Reads a list, and trusts it if one of the issuers has signed it. A list whose next one is late is read, too: what it
 * has revoked stays revoked.
 * @param bytes DER or PEM
 * @param now milliseconds since the epoch
 */
export function trustList(
  bytes: Buffer,
  issuers: readonly X509Certificate[],
  now: number,
): RevocationList | { readonly problem: string } {
  if (bytes.length > maxListLength) return { problem: `is longer than ${maxListLength} bytes` };
  try {
    const list = readList(bytes);
    const problem = problemOf(list, issuers, now);
    if (problem !== undefined) return { problem };
    // Only what is signed is read to its end.
    const { revoked, unknown } = readEntries(list);
    const ofList = list.extensions === undefined ? [] : unknownIn(extensionsIn(list.extensions));
    if (unknown.length + ofList.length > 0) return { problem: 'has a critical extension that is not supported' };
    return { thisUpdate: list.thisUpdate, nextUpdate: list.nextUpdate, revoked };
  } catch {
    return { problem: 'is malformed' };
  }
}

/** Which certificates are revoked. Another list makes another value. */
export type Revocations = { readonly has: (certificate: X509Certificate) => boolean };

export const noRevocations: Revocations = { has: () => false };

/** What these lists revoke. A certificate that is no DER, which no chain trusts, is on none. */
export const revocationsIn = (lists: readonly Pick<RevocationList, 'revoked'>[]): Revocations => ({
  has: (certificate) => {
    try {
      const { key } = identityOf(certificate);
      return lists.some(({ revoked }) => revoked.has(key));
    } catch {
      return false;
    }
  },
});
