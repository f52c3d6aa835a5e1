import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { contextTag, tags, writeDer, writeInteger, writeObjectId } from './der.ts';

/** Whom a certificate is for. */
export type Subject = {
  /** Two letters (ISO 3166-1). */
  readonly country: string;
  readonly organization: string;
  /** Service provider code. */
  readonly spc: string;
};

const oids = {
  commonName: '2.5.4.3',
  country: '2.5.4.6',
  organization: '2.5.4.10',
  extensionRequest: '1.2.840.113549.1.9.14',
  tnAuthorizationList: '1.3.6.1.5.5.7.1.26',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
} as const;

/** A name of X.501. ATIS-1000080 wants `SHAKEN` and the code as the common name. */
export function writeName({ country, organization, spc }: Subject): Buffer {
  const part = (id: string, tag: number, text: string): Buffer =>
    writeDer(tags.set, writeDer(tags.sequence, writeObjectId(id), writeDer(tag, text)));
  return writeDer(
    tags.sequence,
    part(oids.country, tags.printableString, country),
    part(oids.organization, tags.utf8String, organization),
    part(oids.commonName, tags.utf8String, `SHAKEN ${spc}`),
  );
}

/** The extension with which a certificate speaks for a provider (RFC 8226 §9). */
const writeAuthorization = (spc: string): Buffer =>
  writeExtension(
    oids.tnAuthorizationList,
    writeDer(tags.sequence, writeDer(contextTag(0), writeDer(tags.ia5String, spc))),
  );

/** An extension (RFC 5280 §4.1). */
export const writeExtension = (id: string, value: Buffer): Buffer =>
  writeDer(tags.sequence, writeObjectId(id), writeDer(tags.octetString, value));

/** A structure with its signature by ECDSA with SHA-256: a request, or a certificate. */
export function signDer(content: Buffer, key: KeyObject): Buffer {
  const algorithm = writeDer(tags.sequence, writeObjectId(oids.ecdsaWithSha256));
  const signature = writeDer(tags.bitString, Buffer.from([0]), sign('sha256', content, key));
  return writeDer(tags.sequence, content, algorithm, signature);
}

/** DER in PEM (RFC 7468 §2). @param label `CERTIFICATE`, `CERTIFICATE REQUEST` */
export function writePem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** A signing request (RFC 2986) in PEM. */
export function writeCertificateRequest(subject: Subject, key: KeyObject): string {
  const extensions = writeDer(tags.sequence, writeAuthorization(subject.spc));
  const attribute = writeDer(tags.sequence, writeObjectId(oids.extensionRequest), writeDer(tags.set, extensions));
  const request = writeDer(
    tags.sequence,
    writeInteger(0),
    writeName(subject),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    writeDer(contextTag(0), attribute),
  );
  return writePem('CERTIFICATE REQUEST', signDer(request, key));
}
