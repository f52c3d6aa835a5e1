import * as z from 'zod';

/** IP addresses as text. */

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();
/** A CIDR block. */
export const Network = z.union([z.cidrv4(), z.cidrv6()], 'must be a CIDR block such as 192.0.2.0/24');

const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** The canonical form of an IPv6 address (RFC 5952), which the "IPv6 serializer" of the WHATWG URL Standard writes. */
const canonicalV6 = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);

/** The IPv4 address of an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2); other addresses unchanged. */
function unmapped(address: string): string {
  const [, high, low] = mapped.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** An address in its canonical form; undefined if it is no IP address. A zone is not accepted. */
export function canonicalAddress(text: string): string | undefined {
  if (ipv4.safeParse(text).success) return text;
  return ipv6.safeParse(text).success ? unmapped(canonicalV6(text)) : undefined;
}

/** The eight groups of a canonical IPv6 address, as numbers. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = tail === undefined ? 0 : 8 - (before ?? []).length - (after ?? []).length;
  const groups = [...(before ?? []), ...Array.from({ length: zeros }, () => '0'), ...(after ?? [])];
  return groups.map((group) => Number.parseInt(group, 16));
}

/** The bytes of a canonical address in network order: 4 or 16. */
export const bytesOfAddress = (address: string): number[] =>
  address.includes('.')
    ? address.split('.').map(Number)
    : groupsOf(address).flatMap((group) => [group >>> 8, group & 255]);

/** The number of bits of a canonical address. */
export const addressBits = (address: string): 32 | 128 => (address.includes('.') ? 32 : 128);

/** Whether a canonical address has bits after a prefix of this length: it is not the first one of its network. */
export function hasHostBits(address: string, length: number): boolean {
  const [parts, width] = address.includes('.') ? [address.split('.').map(Number), 8] : [groupsOf(address), 16];
  const bits = parts.reduce((all, part) => (all << BigInt(width)) | BigInt(part), 0n);
  return (bits & ((1n << BigInt(addressBits(address) - length)) - 1n)) !== 0n;
}

/**
 * The network of an address that one attacker may hold: /24 of IPv4, /48 of IPv6 (RFC 6177: what a site gets at most),
 * as a CIDR block. A text that is no IP address is its own network.
 */
export function networkOf(text: string): string {
  const address = canonicalAddress(text);
  if (address === undefined) return text;
  if (address.includes('.')) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  return `${canonicalV6(
    `${groupsOf(address)
      .slice(0, 3)
      .map((group) => group.toString(16))
      .join(':')}::`,
  )}/48`;
}

const special: readonly (readonly [kind: string, form: RegExp])[] = [
  // RFC 1122 §3.2.1.3, RFC 4291 §2.5.2, §2.5.3
  ['unspecified', /^(0\.|::$)/],
  ['a loopback address', /^(127\.|::1$)/],
  // RFC 3927, RFC 4291 §2.5.6
  ['link-local', /^(169\.254\.|fe[89ab][0-9a-f]:)/],
  // RFC 5771, RFC 4291 §2.7, and the limited broadcast of RFC 919 §7.
  ['a multicast or broadcast address', /^(22[4-9]\.|23[0-9]\.|255\.255\.255\.255$|ff[0-9a-f]{2}:)/],
];

/** The kind of a canonical address that does not identify a host; undefined for any other address. */
export const specialAddress = (address: string): string | undefined =>
  special.find(([, form]) => form.test(address))?.[0];
