/**
 * The LDAP messages of a test (RFC 4511): a simple bind, and a search of the root DSE. Written here because clients of
 * LDAP read what a directory sends without bounds, or loop over lengths that are wrong; a tenant chooses the directory.
 */

/** Tags (RFC 4511 §4, Appendix B; X.690 §8.1.2). */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  bindRequest: 0x60,
  bindResponse: 0x61,
  unbindRequest: 0x42,
  searchRequest: 0x63,
  searchEntry: 0x64,
  searchDone: 0x65,
  searchReference: 0x73,
  extendedResponse: 0x78,
  simple: 0x80,
  present: 0x87,
} as const;

/** X.690 §8.1.3: definite lengths of up to three octets. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  if (body.length < 0x1_00_00)
    return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body]);
  throw new RangeError('the element is too long');
}

const octets = (value: string, tag: number = tags.octets): Buffer => element(tag, Buffer.from(value));
const number = (value: number, tag: number = tags.integer): Buffer => element(tag, Buffer.from([value]));
/** @param id 1–127 */
const message = (id: number, operation: Buffer): Buffer => element(tags.sequence, number(id), operation);

/** RFC 4511 §4.2. */
export const bindRequest = (id: number, name: string, password: string): Buffer =>
  message(id, element(tags.bindRequest, number(3), octets(name), octets(password, tags.simple)));

/** RFC 4512 §5.1: the root DSE is read by a search of the empty name for `(objectClass=*)`. */
export const rootSearch = (id: number): Buffer =>
  message(
    id,
    element(
      tags.searchRequest,
      octets(''),
      number(0, tags.enumerated),
      number(0, tags.enumerated),
      number(1),
      number(10),
      element(tags.boolean, Buffer.from([0])),
      octets('objectClass', tags.present),
      element(tags.sequence, octets('supportedLDAPVersion')),
    ),
  );

/** RFC 4511 §4.3. */
export const unbindRequest = (id: number): Buffer => message(id, element(tags.unbindRequest));

/** A message of a directory, as far as a test needs it. */
export type DirectoryMessage = {
  /** 0: unsolicited. */
  readonly id: number;
  readonly kind: 'bind' | 'entry' | 'done' | 'other';
  /** RFC 4511 §4.1.9; 0: success. Undefined for entries. */
  readonly result: { readonly code: number; readonly text: string } | undefined;
};

/** Bytes that are no LDAP message. */
export class NotLdap extends Error {
  override name = 'NotLdap';
}

type Element = { readonly tag: number; readonly content: Buffer; readonly end: number };

/** The element at a position; undefined if it is not complete. @throws NotLdap */
function elementAt(bytes: Buffer, at: number): Element | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const size = first < 0x80 ? 0 : first - 0x80;
  if (first === 0x80 || size > 4) throw new NotLdap('a length has a form that LDAP does not use');
  const start = at + 2 + size;
  if (bytes.length < start) return undefined;
  const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
  const end = start + length;
  return bytes.length < end ? undefined : { tag, content: bytes.subarray(start, end), end };
}

/** The elements of a complete content, one after another. @throws NotLdap */
function elementsIn(content: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < content.length;) {
    const next = elementAt(content, at);
    if (next === undefined) throw new NotLdap('an element ends after its message');
    found.push(next);
    at = next.end;
  }
  return found;
}

function numberIn(of: Element | undefined, tag: number): number {
  if (of?.tag !== tag || of.content.length === 0 || of.content.length > 4) throw new NotLdap('a number is missing');
  return of.content.readIntBE(0, of.content.length);
}

const kinds: Readonly<Record<number, DirectoryMessage['kind']>> = {
  [tags.bindResponse]: 'bind',
  [tags.searchEntry]: 'entry',
  [tags.searchReference]: 'entry',
  [tags.searchDone]: 'done',
  [tags.extendedResponse]: 'other',
};

/** RFC 4511 §4.1.9: code, matched name, text. */
function resultIn(content: Buffer): DirectoryMessage['result'] {
  const [code, matched, said] = elementsIn(content);
  if (matched?.tag !== tags.octets || said?.tag !== tags.octets) throw new NotLdap('a result is incomplete');
  return { code: numberIn(code, tags.enumerated), text: said.content.toString('utf8') };
}

/**
 * The first message of what a directory sent, and the bytes after it; undefined if it is not complete.
 * @throws NotLdap
 */
export function readMessage(bytes: Buffer): { readonly message: DirectoryMessage; readonly rest: Buffer } | undefined {
  if (bytes[0] !== undefined && bytes[0] !== tags.sequence) throw new NotLdap('the answer does not begin as LDAP does');
  const whole = elementAt(bytes, 0);
  if (whole === undefined) return undefined;
  const [id, operation] = elementsIn(whole.content);
  const kind = operation === undefined ? undefined : kinds[operation.tag];
  if (operation === undefined || kind === undefined)
    throw new NotLdap('the answer is of a kind that was not asked for');
  const result = kind === 'entry' ? undefined : resultIn(operation.content);
  return { message: { id: numberIn(id, tags.integer), kind, result }, rest: bytes.subarray(whole.end) };
}
