/** Values parsed from text, for tests. Each function throws if the text is malformed. */
import { type Address, parseAddress } from './address.ts';
import { Fault } from './fault.ts';
import { parseMessage, type SipRequest } from './message.ts';
import { parseUri, type Uri } from './uri.ts';
import { parseVia, type Via } from './via.ts';

export function unwrap<Value>(value: Value | Fault | undefined): Value {
  if (value === undefined) throw new Error('no value');
  if (value instanceof Fault) throw new Error(value.reason);
  return value;
}

export const uriOf = (text: string): Uri => unwrap(parseUri(text));
export const viaOf = (text: string): Via => unwrap(parseVia(text));
export const addressOf = (text: string): Address => unwrap(parseAddress(text));

export const crlf = (...lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'));

/** The start line and the mandatory headers of a valid OPTIONS request. */
export const optionsHead = [
  'OPTIONS sip:a@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  'From: <sip:b@example.com>;tag=1',
  'To: <sip:a@example.com>',
  'Call-ID: c',
  'CSeq: 1 OPTIONS',
];

/** The OPTIONS request above with more header lines. */
export const optionsWith = (...lines: readonly string[]): Buffer => crlf(...optionsHead, ...lines, '', '');

export function requestOf(bytes: Buffer): SipRequest {
  const message = parseMessage(bytes);
  if (message.kind !== 'request') throw new Error(message.reason);
  return message;
}
