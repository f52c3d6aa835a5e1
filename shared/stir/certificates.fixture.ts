import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { signDer, writeExtension, writeName, writePem } from './certificate-request.ts';
import { contextTag, tags, writeDer, writeInteger, writeObjectId } from './der.ts';
import { newPassportKey } from './passport-key.ts';

/** Certificates for tests, written by hand: neither OpenSSL nor the network is needed. */

export type Issued = {
  readonly pem: string;
  readonly key: KeyObject;
  readonly name: Buffer;
  readonly serial: number;
};

/** Entries of a TNAuthorizationList. */
export type Entries = {
  readonly spcs?: readonly string[];
  readonly ranges?: readonly { start: string; count: number }[];
  readonly ones?: readonly string[];
};

export type CertificateToIssue = {
  readonly name?: string;
  /** Absent: it signs itself. */
  readonly by?: Issued;
  readonly isAuthority?: boolean;
  readonly pathLimit?: number;
  /** KeyUsage bits. */
  readonly usage?: number;
  readonly entries?: Entries | null;
  readonly from?: Date;
  readonly to?: Date;
  readonly curve?: 'P-256' | 'P-384';
  /** Absent: a new one. */
  readonly key?: KeyObject;
  readonly extensions?: readonly Buffer[];
};

const time = (date: Date): Buffer =>
  writeDer(tags.generalizedTime, `${date.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`);

function writeEntries({ spcs = [], ranges = [], ones = [] }: Entries): Buffer {
  return writeDer(
    tags.sequence,
    ...spcs.map((spc) => writeDer(contextTag(0), writeDer(tags.ia5String, spc))),
    ...ranges.map(({ start, count }) =>
      writeDer(contextTag(1), writeDer(tags.sequence, writeDer(tags.ia5String, start), writeInteger(count))),
    ),
    ...ones.map((one) => writeDer(contextTag(2), writeDer(tags.ia5String, one))),
  );
}

function extensionsOf({ isAuthority = false, pathLimit, usage, entries }: CertificateToIssue): Buffer[] {
  const limit = pathLimit === undefined ? [] : [writeInteger(pathLimit)];
  const constraints = isAuthority ? [writeDer(tags.boolean, Buffer.from([0xff])), ...limit] : [];
  const list = entries === undefined ? (isAuthority ? null : { spcs: ['1234'] }) : entries;
  return [
    writeExtension('2.5.29.19', writeDer(tags.sequence, ...constraints)),
    ...(usage === undefined ? [] : [writeExtension('2.5.29.15', writeDer(tags.bitString, Buffer.from([0, usage])))]),
    ...(list === null ? [] : [writeExtension('1.3.6.1.5.5.7.1.26', writeEntries(list))]),
  ];
}

let serial = 1;

/** Issues a certificate of version 3 (RFC 5280 §4.1), by default for a leaf with the code 1234. */
export function issue(certificate: CertificateToIssue = {}): Issued {
  const { by, curve = 'P-256', from = new Date('2026-01-01'), to = new Date('2027-01-01') } = certificate;
  const made = curve === 'P-256' ? newPassportKey() : generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
  const key = certificate.key ?? made;
  const name = writeName({ country: 'US', organization: certificate.name ?? 'Example', spc: '1234' });
  serial += 1;
  const content = writeDer(
    tags.sequence,
    writeDer(contextTag(0), writeInteger(2)),
    writeInteger(serial),
    writeDer(tags.sequence, writeObjectId('1.2.840.10045.4.3.2')),
    by?.name ?? name,
    writeDer(tags.sequence, time(from), time(to)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    writeDer(contextTag(3), writeDer(tags.sequence, ...extensionsOf(certificate), ...(certificate.extensions ?? []))),
  );
  return { pem: writePem('CERTIFICATE', signDer(content, by?.key ?? key)), key, name, serial };
}

/** A root, as an STI-CA has one. */
export const issueRoot = (name = 'Root'): Issued => issue({ name, isAuthority: true, usage: 0x06 });

export type ListToIssue = {
  /** Revoked certificates, with their issuer if it is not that of the list (indirect CRL). */
  readonly revoked?: readonly { readonly serial: number; readonly issuer?: Buffer }[];
  readonly thisUpdate?: Date;
  /** Null: the list does not say. */
  readonly nextUpdate?: Date | null;
  /** Of the list. */
  readonly extensions?: readonly Buffer[];
};

/** An extension that a reader must know. */
export const writeCritical = (id: string, value: Buffer): Buffer =>
  writeDer(
    tags.sequence,
    writeObjectId(id),
    writeDer(tags.boolean, Buffer.from([0xff])),
    writeDer(tags.octetString, value),
  );

/** A list of revoked certificates of version 2 (RFC 5280 §5.1), in DER. */
export function issueList(by: Issued, list: ListToIssue = {}): Buffer {
  const { revoked = [], thisUpdate = new Date('2026-05-31'), nextUpdate = new Date('2026-06-02') } = list;
  const entries = revoked.map((entry) => {
    const named = entry.issuer && writeDer(tags.sequence, writeDer(contextTag(4), entry.issuer));
    const extensions = named && writeDer(tags.sequence, writeCritical('2.5.29.29', named));
    return writeDer(tags.sequence, writeInteger(entry.serial), time(thisUpdate), extensions ?? '');
  });
  const content = writeDer(
    tags.sequence,
    writeInteger(1),
    writeDer(tags.sequence, writeObjectId('1.2.840.10045.4.3.2')),
    by.name,
    time(thisUpdate),
    nextUpdate === null ? '' : time(nextUpdate),
    entries.length === 0 ? '' : writeDer(tags.sequence, ...entries),
    writeDer(contextTag(0), writeDer(tags.sequence, ...(list.extensions ?? []))),
  );
  return signDer(content, by.key);
}
