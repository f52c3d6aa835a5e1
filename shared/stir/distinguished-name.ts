import type { X509Certificate } from 'node:crypto';
import { contextTag, objectIdOf, readDer, serialOf, tags, valuesIn, type Der } from './der.ts';

/** Names of X.501, and certificates as lists of revoked ones name them. */

const texts: ReadonlySet<number> = new Set([tags.utf8String, tags.printableString, tags.ia5String]);

/** Texts are equal in any encoding and case, and with any blanks (RFC 5280 §7.1). */
const valueOf = ({ tag, content }: Der): string =>
  texts.has(tag)
    ? content.toString('utf8').trim().replaceAll(/\s+/g, ' ').toLowerCase()
    : `#${tag} ${content.toString('hex')}`;

/** A text that is the same for equal names. @throws RangeError if the value is no name */
export function nameOf(name: Der | undefined): string {
  const parts = valuesIn(name, tags.sequence).map((part) =>
    valuesIn(part, tags.set)
      .map((pair) => {
        const [id, value] = valuesIn(pair, tags.sequence);
        if (value === undefined) throw new RangeError('a part of a name has no value');
        return [objectIdOf(id), valueOf(value)];
      })
      .toSorted(),
  );
  return JSON.stringify(parts);
}

/** What identifies a certificate: no issuer uses a serial number twice (RFC 5280 §4.1.2.2). */
export const certificateKey = (issuer: string, serial: string): string => `${serial} ${issuer}`;

/** Subject and issuer of a certificate, and its key. @throws RangeError if it has not the form of RFC 5280 §4.1 */
export function identityOf({ raw }: X509Certificate): { readonly subject: string; readonly key: string } {
  const [certificate] = readDer(raw);
  const [signedPart] = valuesIn(certificate, tags.sequence);
  const [first, ...others] = valuesIn(signedPart, tags.sequence);
  const [serial, , issuer, , subject] = first?.tag === contextTag(0) ? others : [first, ...others];
  return { subject: nameOf(subject), key: certificateKey(nameOf(issuer), serialOf(serial)) };
}
