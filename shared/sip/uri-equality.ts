/**
 * Equality of URIs (RFC 3261 §19.1.4, RFC 3966 §5). It is not transitive, so no canonical form can serve as a key.
 */
import { normalizeHost } from './host.ts';
import type { Parameters } from './parameters.ts';
import { isSipUri, type SipUri, type TelUri, type Uri } from './uri.ts';

/** Whether two URIs are equal. */
export function isSameUri(one: Uri, other: Uri): boolean {
  if (isSipUri(one)) return isSipUri(other) && isSameSipUri(one, other);
  if (one.scheme === 'tel') return other.scheme === 'tel' && isSameTelUri(one, other);
  return other.scheme === 'other' && one.text === other.text;
}

/**
 * Parameters that must be in both URIs or in neither. Other parameters are compared only if both URIs have them.
 * `transport` is included because of the examples of RFC 3261 §19.1.4.
 */
const significantParameters = ['user', 'ttl', 'method', 'maddr', 'transport'];

const isSameSipUri = (one: SipUri, other: SipUri): boolean =>
  one.scheme === other.scheme &&
  normalizeEscapes(one.user) === normalizeEscapes(other.user) &&
  normalizeEscapes(one.password) === normalizeEscapes(other.password) &&
  normalizeHost(one.host) === normalizeHost(other.host) &&
  one.port === other.port &&
  hasSameParameters(one.parameters, other.parameters) &&
  normalizeHeaders(one) === normalizeHeaders(other);

function hasSameParameters(one: Parameters, other: Parameters): boolean {
  if (significantParameters.some((name) => one.has(name) !== other.has(name))) return false;
  for (const [name] of one)
    if (other.has(name) && normalizeParameter(one, name) !== normalizeParameter(other, name)) return false;
  return true;
}

const normalizeParameter = (parameters: Parameters, name: string): string | undefined =>
  normalizeEscapes(parameters.get(name))?.toLowerCase();

/** Headers in any order; a header that only one URI has makes the URIs differ. */
const normalizeHeaders = ({ headers = '' }: SipUri): string =>
  headers
    .split('&')
    .map((header) => (normalizeEscapes(header) ?? '').replace(/^[^=]*/, (name) => name.toLowerCase()))
    .sort()
    .join('&');

const unreserved = /^[\w\-.!~*'()]$/;

/** The canonical form of each escaped byte: its character if that is unreserved, else an escape in capital letters. */
const normalizedEscapes = Array.from({ length: 256 }, (_value, code) => {
  const character = String.fromCharCode(code);
  return unreserved.test(character) ? character : `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
});

const normalizeEscapes = (text: string | undefined): string | undefined =>
  text?.replace(/%([0-9A-Fa-f]{2})/g, (_match, digits: string) => normalizedEscapes[parseInt(digits, 16)] ?? '');

const isSameTelUri = (one: TelUri, other: TelUri): boolean =>
  bareNumber(one) === bareNumber(other) && sortedParameters(one) === sortedParameters(other);
const bareNumber = ({ number }: TelUri): string => number.replace(/[-.()]/g, '').toLowerCase();
const sortedParameters = ({ parameters }: TelUri): string =>
  [...parameters]
    .map(([name, value]) => `${name}=${value ?? ''}`.toLowerCase())
    .sort()
    .join(';');
