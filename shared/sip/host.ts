/** Hosts of URIs and Vias (`host` of RFC 3261 §25.1; IPv6 addresses by RFC 4291 §2.2 and RFC 5118). */

/** Underscores are not in the grammar, but names in use have them (Docker Compose services, for example). */
const name = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const ipv4 = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const hexadecimals = /^[0-9A-Fa-f]{1,4}$/;
const numericLabel = /(?:^|\.)\d+\.?$/;

/** Whether the last label of a name may be numeric: without a digit at its end it is not. */
function endsInDigit(text: string): boolean {
  const last = text.charCodeAt(text.length - (text.endsWith('.') ? 2 : 1));
  return last >= 0x30 && last <= 0x39;
}

/** Whether the text is an IPv4 address in dotted decimal form. */
export const isIpv4 = (text: string): boolean => ipv4.test(text);

/** Whether the text is an IPv6 address without brackets. The superfluous colon of RFC 3261's grammar is accepted. */
export const isIpv6 = (text: string): boolean => ipv6Groups(text) !== undefined;

/**
 * Whether the text is a name, an IPv4 address, or an IPv6 address in brackets. A name whose last label is numeric is
 * invalid (`toplabel`).
 */
export function isHost(text: string): boolean {
  if (text.startsWith('[')) return text.endsWith(']') && isIpv6(text.slice(1, -1));
  return endsInDigit(text) ? isIpv4(text) || (name.test(text) && !numericLabel.test(text)) : name.test(text);
}

/**
 * A validated host and port; undefined if either is invalid. @param digits the port as written, undefined if absent
 */
export function hostAndPort(
  host: string,
  digits: string | undefined,
): { readonly host: string; readonly port: number | undefined } | undefined {
  const port = digits === undefined ? undefined : Number(digits);
  return isHost(host) && (port === undefined || port <= 65_535) ? { host, port } : undefined;
}

/** A canonical form, equal for equal hosts: lower case, IPv6 addresses without brackets and uncompressed. */
export function normalizeHost(text: string): string {
  const bare = text.startsWith('[') ? text.slice(1, -1) : text;
  return (
    ipv6Groups(bare)
      ?.map((group) => group.toString(16))
      .join(':') ?? bare.toLowerCase()
  );
}

/** An address as a URI's host: an IPv6 address gets brackets. */
export const hostOfAddress = (address: string): string =>
  address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;

/** The eight 16-bit groups of an IPv6 address; undefined if the text is not one. */
function ipv6Groups(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return undefined;
  // RFC 5118 §4.10: the ABNF of RFC 3261 allows a third colon there; implementations should accept both forms.
  const address = text.replace(/:::(?=\d+\.)/, '::');
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return undefined;
  const before = groups(head, tail === undefined);
  const after = tail === undefined ? [] : groups(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function groups(text: string, last: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const embedded = last ? ipv4Groups(parts.at(-1) ?? '') : [];
  const plain = embedded.length === 0 ? parts : parts.slice(0, -1);
  return plain.every((part) => hexadecimals.test(part))
    ? [...plain.map((part) => parseInt(part, 16)), ...embedded]
    : undefined;
}

function ipv4Groups(text: string): readonly number[] {
  const [first, second, third, fourth] = isIpv4(text) ? text.split('.').map(Number) : [];
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return [];
  return [first * 256 + second, third * 256 + fourth];
}
