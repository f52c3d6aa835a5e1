import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/**
 * Pseudonyms of personal values (functions/platform/event-log/README.md). A pseudonym is
 * `<persons>.<cipher text and tag in base64url>`: the ids of the persons, joined by `+`, whose keys read the value. The
 * key of a value follows from all of them (HKDF-SHA-256, RFC 5869), so that without one of them no one reads it, and
 * the key of one value reads no other one.
 */

/** Path of a value in the event log: it can be read nowhere else. */
export type ValuePath = { readonly organization: number; readonly entry: string; readonly path: string };

/** The keys of persons (32 bytes each), by person. */
export type PersonKeys = ReadonlyMap<string, Buffer>;

/** The pseudonym of a value of a person who was erased before it was sealed: the value is not in it. */
export const erasedPseudonym = 'erased';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const tagBytes = 16;
/** NIST SP 800-38D §8.2: a vector is used once with a key, and the key of a value encrypts nothing else. */
const vector = Buffer.alloc(12);

const associated = ({ organization, entry, path }: ValuePath): Buffer =>
  Buffer.from(JSON.stringify([organization, entry, path]));

/** The bytes of a text in base64url; undefined unless it is the only text of these bytes. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** The ids of the persons without whose keys a pseudonym cannot be read. */
export function personsIn(pseudonym: string): readonly string[] {
  const [persons = ''] = pseudonym.split('.');
  return pseudonym === erasedPseudonym ? [] : persons.split('+');
}

/** The key (base64url) of one value; undefined without the key of each of its persons. */
export function valueKey(persons: readonly string[], keys: PersonKeys, valuePath: ValuePath): string | undefined {
  const parts = persons.toSorted().flatMap((person) => keys.get(person) ?? []);
  if (parts.length === 0 || parts.length < persons.length) return undefined;
  const key = hkdfSync('sha256', Buffer.concat(parts), '', associated(valuePath), keyBytes);
  return Buffer.from(key).toString('base64url');
}

/** The pseudonym of a value. @param persons at least one, without `.` and `+`; the keys must have each */
export function conceal(value: unknown, persons: readonly string[], keys: PersonKeys, valuePath: ValuePath): string {
  const key = valueKey(persons, keys, valuePath);
  if (key === undefined) throw new Error(`there is no key of ${persons.join(', ')}`);
  const cipher = createCipheriv(algorithm, Buffer.from(key, 'base64url'), vector, { authTagLength: tagBytes });
  cipher.setAAD(associated(valuePath));
  const encrypted = [cipher.update(canonicalJson(value), 'utf8'), cipher.final(), cipher.getAuthTag()];
  return `${persons.toSorted().join('+')}.${Buffer.concat(encrypted).toString('base64url')}`;
}

/** A text that stands for a person where entries are looked up by an outsider; no one finds it without the key. */
export const lookupToken = (key: Buffer): string =>
  Buffer.from(hkdfSync('sha256', key, '', 'look-up', keyBytes)).toString('base64url');

/** The canonical JSON of the value of a pseudonym; undefined if it is not of this key and path, or was changed. */
export function reveal(pseudonym: string, key: string, valuePath: ValuePath): string | undefined {
  const [secret, hidden] = [bytesOf(key), bytesOf(pseudonym.split('.')[1] ?? '')];
  if (secret?.length !== keyBytes || hidden === undefined || hidden.length < tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, secret, vector, { authTagLength: tagBytes })
    .setAAD(associated(valuePath))
    .setAuthTag(hidden.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(hidden.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
