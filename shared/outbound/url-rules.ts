/** The form of a URL that requests may go to, before its name is resolved (shared/outbound/README.md, "URLs"). */

export type UrlRules = {
  readonly protocols: readonly string[];
  /** Undefined: any. */
  readonly ports: readonly number[] | undefined;
};

export const publicUrls: UrlRules = { protocols: ['https:'], ports: [443, 8443] };
/** With `OUTBOUND_ALLOW_PRIVATE=1`. */
export const anyUrls: UrlRules = { protocols: ['http:', 'https:'], ports: undefined };

const maxLength = 2_048;
/** Absolute, with nothing that the URL parser would drop or rewrite before it reads the host (WHATWG URL, §4.4). */
const form = /^[a-z]+:\/\/[^\s\\/?#]+(?:[/?][^\s\\]*)?$/iu;
const controlCharacter = /\p{Cc}/u;
const authority = /^[^/]*\/\/([^/?#]*)/;
const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The port that a URL names or implies. */
export const portOf = ({ port, protocol }: URL): number => (port === '' ? (defaultPorts[protocol] ?? 0) : Number(port));

/** The host of a URL as a socket takes it: an IPv6 address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

const protocolNames = (protocols: readonly string[]): string =>
  protocols.map((protocol) => protocol.replace(':', '')).join(' or ');

function parsed(text: string): URL | undefined {
  if (!form.test(text) || controlCharacter.test(text)) return undefined;
  return URL.parse(text) ?? undefined;
}

/** The URL, or what is wrong with it: a sentence that follows the name of its field. */
export function readUrl(text: string, { protocols, ports }: UrlRules): URL | string {
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  if (text.includes('#')) return 'must not have a fragment';
  const url = parsed(text);
  if (url === undefined) return `must be a URL such as https://example.com/events`;
  if (!protocols.includes(url.protocol)) return `must use ${protocolNames(protocols)}`;
  if (authority.exec(text)?.[1]?.includes('@') === true) return 'must not have a user name or password';
  if (ports !== undefined && !ports.includes(portOf(url))) return `must use port ${ports.join(' or ')}`;
  return url;
}

const directoryForm = /^ldaps:\/\/([^\s\\/?#@]+?)(?::([0-9]{1,5}))?\/?$/iu;
/** The port of LDAP over TLS. */
const directoryPort = 636;

/**
 * The host and port of a directory (RFC 4516 §2, without a DN), or what is wrong with it. The result is an https URL:
 * of schemes that it does not know, the URL parser keeps other notations of an address (WHATWG URL §4.4).
 */
export function readDirectoryUrl(text: string, { ports }: UrlRules): URL | string {
  const [, host, port = String(directoryPort)] = directoryForm.exec(text) ?? [];
  if (host === undefined) return 'must be a URL such as ldaps://directory.example.com';
  const allowed = ports === undefined ? undefined : [directoryPort];
  return readUrl(`https://${host}:${port}/`, { protocols: ['https:'], ports: allowed });
}
