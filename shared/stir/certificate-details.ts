import type { X509Certificate } from 'node:crypto';
import { contextTag, objectIdOf, readDer, tags, valuesIn, type Der } from './der.ts';

/** The parts of certificates, and of lists of revoked ones, that Node does not show. */

export type Extension = { readonly isCritical: boolean; readonly value: Buffer };

export type Details = { readonly signatureAlgorithm: string; readonly extensions: ReadonlyMap<string, Extension> };

export const oids = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  tnAuthorizationList: '1.3.6.1.5.5.7.1.26',
  jwtClaimConstraints: '1.3.6.1.5.5.7.1.27',
  enhancedJwtClaimConstraints: '1.3.6.1.5.5.7.1.33',
} as const;

/** ECDSA with SHA-2 (RFC 5758 §3.2). */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** The hash of a signature by ECDSA; undefined for other algorithms. */
export const signatureHash = (algorithm: string): string | undefined => hashes[algorithm];

function readExtension(value: Der): [string, Extension] {
  const [id, second, third] = valuesIn(value, tags.sequence);
  const content = third ?? second;
  if (content?.tag !== tags.octetString) throw new RangeError('an extension has no value');
  const isCritical = third !== undefined && second?.content[0] !== 0;
  return [objectIdOf(id), { isCritical, value: content.content }];
}

/** Extensions by their object identifier (RFC 5280 §4.1). @throws RangeError if one is malformed or repeated */
export function extensionsIn(list: Der | undefined): ReadonlyMap<string, Extension> {
  const extensions = valuesIn(list, tags.sequence).map(readExtension);
  const byId = new Map(extensions);
  if (byId.size < extensions.length) throw new RangeError('an extension is repeated');
  return byId;
}

/** @throws RangeError if the certificate has not the form of RFC 5280 §4.1 */
export function detailsOf({ raw }: X509Certificate): Details {
  const [certificate] = readDer(raw);
  const [signedPart, algorithm] = valuesIn(certificate, tags.sequence);
  const list = valuesIn(signedPart, tags.sequence).find(({ tag }) => tag === contextTag(3));
  const [id] = valuesIn(algorithm, tags.sequence);
  return {
    signatureAlgorithm: objectIdOf(id),
    extensions: list === undefined ? new Map() : extensionsIn(readDer(list.content)[0]),
  };
}

/** Bits of KeyUsage (RFC 5280 §4.2.1.3). */
const usages = { digitalSignature: 0x80, cRLSign: 0x02 } as const;

/** Whether the key of a certificate has a use. Of authorities, Node checks `keyCertSign`. @throws RangeError */
export function mayUse({ extensions }: Details, usage: keyof typeof usages): boolean {
  const extension = extensions.get(oids.keyUsage);
  if (extension === undefined) return true;
  const [bits] = readDer(extension.value);
  return bits?.tag === tags.bitString && ((bits.content[1] ?? 0) & usages[usage]) !== 0;
}

/** Milliseconds since the epoch between which a certificate is valid. */
export const validityOf = ({ validFrom, validTo }: X509Certificate): { from: number; to: number } => ({
  from: Date.parse(validFrom),
  to: Date.parse(validTo),
});
