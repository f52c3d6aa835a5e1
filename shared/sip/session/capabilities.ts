import { sdpType } from './body.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { Parameters } from '../parameters.ts';

/** Methods within a dialog. */
export const sessionMethods = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'PRACK',
  'UPDATE',
  'INFO',
  'REFER',
  'NOTIFY',
] as const;

/** Extensions of sessions, by their option tags. */
export const sessionExtensions = ['100rel', 'timer', 'replaces', 'norefersub'] as const;

const descriptions = [sdpType, 'multipart/mixed', 'multipart/alternative', 'multipart/related'];

/** Media types of the bodies that sessions read, by method: for `inspect`. */
export const sessionBodies = {
  INVITE: descriptions,
  ACK: descriptions,
  UPDATE: descriptions,
  PRACK: descriptions,
  /** DTMF as phones and gateways send it. */
  INFO: ['application/dtmf-relay', 'application/dtmf', 'application/media_control+xml'],
  /** RFC 3515 §2.4.5, RFC 3842. */
  NOTIFY: ['message/sipfrag', 'application/simple-message-summary'],
} as const;

/** The Accept header of a 415 to an INFO: the types that pass, but the rejected one. */
export const otherInfoTypes = (rejected: string): Headers =>
  Headers.none.append(
    header.accept,
    ...sessionBodies.INFO.filter((type) => type !== rejected).map((value) => ({ value, parameters: Parameters.none })),
  );

/** What INVITEs and their responses say of us (RFC 3261 §13.2.1, §13.3.1). */
export const sessionHeaders: Headers = Headers.none
  .append(header.allow, ...sessionMethods)
  .append(header.supported, ...sessionExtensions);

/**
 * The same for an INVITE without offer: a reliable 18x would have the peer's offer, and its PRACK our answer (RFC 3262
 * §5), which comes with the ACK here.
 */
export const offerlessHeaders: Headers = sessionHeaders.with(
  header.supported,
  ...sessionExtensions.filter((tag) => tag !== '100rel'),
);

/** Whether the peer accepts UPDATE (RFC 3311 §5.1). */
export function acceptsUpdate(headers: Headers): boolean {
  const methods = headers.all(header.allow);
  return !(methods instanceof Fault) && methods.includes('UPDATE');
}
