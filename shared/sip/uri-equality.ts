/**
 * When two URIs are the same (RFC 3261 §19.1.4, RFC 3966 §5). The relation is not transitive: there is no form that
 * could serve as a key.
 */
import { normalizedHost } from './host.ts';
import type { Parameters } from './parameters.ts';
import { isSipUri, type SipUri, type TelUri, type Uri } from './uri.ts';

export function sameUri(one: Uri, other: Uri): boolean {
  if (isSipUri(one)) return isSipUri(other) && sameSipUri(one, other);
  if (one.scheme === 'tel') return other.scheme === 'tel' && sameTelUri(one, other);
  return other.scheme === 'other' && one.text === other.text;
}

/**
 * Parameters that both URIs must have, or neither; any other counts only where both have it. `transport` is among them
 * by the section's examples.
 */
const telling = ['user', 'ttl', 'method', 'maddr', 'transport'];

const sameSipUri = (one: SipUri, other: SipUri): boolean =>
  one.scheme === other.scheme &&
  comparable(one.user) === comparable(other.user) &&
  comparable(one.password) === comparable(other.password) &&
  normalizedHost(one.host) === normalizedHost(other.host) &&
  one.port === other.port &&
  sameParameters(one.parameters, other.parameters) &&
  comparableHeaders(one) === comparableHeaders(other);

function sameParameters(one: Parameters, other: Parameters): boolean {
  if (telling.some((name) => one.has(name) !== other.has(name))) return false;
  for (const [name] of one)
    if (other.has(name) && comparableParameter(one, name) !== comparableParameter(other, name)) return false;
  return true;
}

const comparableParameter = (parameters: Parameters, name: string): string | undefined =>
  comparable(parameters.get(name))?.toLowerCase();

/** Their order does not count; a header that only one URI has makes them differ. */
const comparableHeaders = ({ headers = '' }: SipUri): string =>
  headers
    .split('&')
    .map((header) => (comparable(header) ?? '').replace(/^[^=]*/, (name) => name.toLowerCase()))
    .sort()
    .join('&');

const unreserved = /^[\w\-.!~*'()]$/;

/** What each escape is equal to: its character, where that need not be escaped. */
const plainForms = Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  return unreserved.test(character) ? character : `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
});

const comparable = (text: string | undefined): string | undefined =>
  text?.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => plainForms[parseInt(digits, 16)] ?? '');

const sameTelUri = (one: TelUri, other: TelUri): boolean =>
  bareNumber(one) === bareNumber(other) && sortedParameters(one) === sortedParameters(other);
const bareNumber = ({ number }: TelUri): string => number.replace(/[-.()]/g, '').toLowerCase();
const sortedParameters = ({ parameters }: TelUri): string =>
  [...parameters]
    .map(([name, value]) => `${name}=${value ?? ''}`.toLowerCase())
    .sort()
    .join(';');
