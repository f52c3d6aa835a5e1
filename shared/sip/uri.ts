import { Fault } from './fault.ts';
import { hostAndPort } from './host.ts';
import { parameterForm, Parameters, readParameters } from './parameters.ts';

/** `sip:user:password@host:port;parameters?headers` (RFC 3261 §19.1.1). All parts keep their escapes. */
export type SipUri = {
  readonly scheme: 'sip' | 'sips';
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** A name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
  /** The part after the question mark. */
  readonly headers: string | undefined;
};

/** `tel:+1-201-555-0123;parameters` (RFC 3966). */
export type TelUri = { readonly scheme: 'tel'; readonly number: string; readonly parameters: Parameters };

/** A URI of another scheme, which this stack does not interpret. `text` includes the scheme. */
export type OtherUri = { readonly scheme: 'other'; readonly text: string };

/** A parsed URI. */
export type Uri = SipUri | TelUri | OtherUri;

/** Whether the scheme is sip or sips. */
export const isSipUri = (uri: Uri): uri is SipUri => uri.scheme === 'sip' || uri.scheme === 'sips';

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/;
/** `absoluteURI`: without white space, quotes and angle brackets. */
const opaque = /^[\w!#$%&'()*+,\-./:;=?@[\]~]+$/;
/** Some of these characters and escapes. Without a choice for each character, it is read in half the time. */
const textOf = (characters: string): string => `[${characters}]*(?:%[0-9A-Fa-f]{2}[${characters}]*)*`;
const userText = new RegExp(`^(?=.)${textOf("\\w\\-.!~*'()&=+$,;?/")}$`);
const passwordText = new RegExp(`^${textOf("\\w\\-.!~*'()&=+$,")}$`);
const hostPort = /(\[[^\]]*\]|[^:;?[\]]+)(?::(\d{1,5}))?(?=[;?]|$)/y;
const parameterText = textOf("\\w\\-.!~*'()[\\]/:&+$");
const headersText = /^(?:[\w\-.!~*'()[\]/?:+$&=]|%[0-9A-Fa-f]{2})+$/;
const telNumber = /^(?:\+[\d().-]*\d[\d().-]*|[\dA-Fa-f*#().-]+)$/;

/** Parses a URI. @param text without white space or angle brackets around it */
export function parseUri(text: string): Uri | Fault {
  if (text.startsWith('sip:')) return parseSipUri('sip', text, 4);
  const name = scheme.exec(text)?.[1]?.toLowerCase();
  switch (name) {
    case undefined:
      return new Fault('URI without scheme');
    case 'sip':
    case 'sips':
      return parseSipUri(name, text, name.length + 1);
    case 'tel':
      return parseTelUri(text);
    default:
      return opaque.test(text) ? { scheme: 'other', text } : new Fault('Malformed URI');
  }
}

function parseSipUri(name: 'sip' | 'sips', text: string, start: number): SipUri | Fault {
  const at = text.indexOf('@', start);
  const user = at === -1 ? noUser : parseUser(text.slice(start, at));
  if (user instanceof Fault) return user;
  const place = parseHostPort(text, at === -1 ? start : at + 1);
  if (place instanceof Fault) return place;
  const question = text.indexOf('?', place.end);
  const parameters = parseUriParameters(question === -1 ? text : text.slice(0, question), place.end);
  if (parameters instanceof Fault) return parameters;
  const headers = question === -1 ? undefined : text.slice(question + 1);
  if (headers !== undefined && !headersText.test(headers)) return new Fault('Malformed headers in URI');
  return {
    scheme: name,
    user: user.user,
    password: user.password,
    host: place.host,
    port: place.port,
    parameters,
    headers,
  };
}

const noUser = { user: undefined, password: undefined };

function parseHostPort(text: string, start: number): { host: string; port: number | undefined; end: number } | Fault {
  hostPort.lastIndex = start;
  const found = hostPort.exec(text);
  const place = hostAndPort(found?.[1] ?? '', found?.[2]);
  if (place === undefined) return new Fault('Malformed host or port in URI');
  return { host: place.host, port: place.port, end: hostPort.lastIndex };
}

function parseUser(text: string): Pick<SipUri, 'user' | 'password'> | Fault {
  const colon = text.indexOf(':');
  const user = colon === -1 ? text : text.slice(0, colon);
  const password = colon === -1 ? undefined : text.slice(colon + 1);
  if (!userText.test(user) || (password !== undefined && !passwordText.test(password)))
    return new Fault('Malformed user in URI');
  return { user, password };
}

/** `%6C%72` is `lr` (RFC 4475 §3.1.1.3). Only escapes of letters and digits are decoded. */
const parameterName = (text: string): string =>
  (text.includes('%') ? text.replace(/%[46][1-9A-F]|%[57][0-9A]|%3\d/gi, decodeEscapes) : text).toLowerCase();

const uriParameters = parameterForm(
  { before: ';(?=[^;=])', name: parameterText, equals: '=', value: parameterText, end: '' },
  parameterName,
);

function parseUriParameters(text: string, start: number): Parameters | Fault {
  const read = readParameters(text, start, uriParameters);
  return read instanceof Fault ? new Fault('Malformed parameters in URI') : read;
}

function parseTelUri(text: string): TelUri | Fault {
  const semicolon = text.indexOf(';');
  const number = text.slice(4, semicolon === -1 ? text.length : semicolon);
  if (!telNumber.test(number)) return new Fault('Malformed number in URI');
  const parameters = semicolon === -1 ? Parameters.none : parseUriParameters(text, semicolon);
  return parameters instanceof Fault ? parameters : { scheme: 'tel', number, parameters };
}

/** Decodes `%xx` escapes as UTF-8. Bytes that are not valid UTF-8 stay escaped. */
export const decodeEscapes = (text: string): string =>
  text.includes('%') ? text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => decodeUtf8(bytes) ?? bytes) : text;

function decodeUtf8(escapes: string): string | undefined {
  const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/** The user with its escapes decoded: `100%20a` is `100 a`. */
export const userOf = (uri: SipUri): string | undefined =>
  uri.user === undefined ? undefined : decodeEscapes(uri.user);

/** Escapes any text for use as the user of a URI. */
export const escapeUser = (text: string): string =>
  text.replace(
    /[^\w\-.!~*'()&=+$,;?/]/gu,
    (character) =>
      `%${Buffer.from(character)
        .toString('hex')
        .toUpperCase()
        .replace(/..(?=.)/g, '$&%')}`,
  );

/** The URI as text. */
export function printUri(uri: Uri): string {
  if (uri.scheme === 'other') return uri.text;
  if (uri.scheme === 'tel') return `tel:${uri.number}${uri.parameters.toString()}`;
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${uri.host}${port}${uri.parameters.toString()}${headers}`;
}

/**
 * A URI of a Contact or Refer-To as Request-URI: without headers, which would be put into the request, and without the
 * parameter `method` (RFC 3261 §19.1.1, table 1).
 */
export function asRequestUri(uri: Uri): Uri {
  if (!isSipUri(uri) || (uri.headers === undefined && !uri.parameters.has('method'))) return uri;
  const parameters = new Parameters([...uri.parameters].filter(([name]) => name !== 'method'));
  return { ...uri, headers: undefined, parameters };
}

/** Builds a SIP URI. `user` is any text and gets escaped; `host` must have brackets if it is an IPv6 address. */
export const sipUri = (parts: {
  readonly scheme?: 'sip' | 'sips';
  readonly user?: string | undefined;
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters?: Parameters;
}): SipUri => ({
  scheme: parts.scheme ?? 'sip',
  user: parts.user === undefined ? undefined : escapeUser(parts.user),
  password: undefined,
  host: parts.host,
  port: parts.port,
  parameters: parts.parameters ?? Parameters.none,
  headers: undefined,
});
