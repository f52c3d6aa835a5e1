/** Session descriptions as bodies of messages. */
import { randomUUID } from 'node:crypto';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { Headers } from '../headers.ts';
import { multipartBody, partsOf, type BodyPart } from '../multipart.ts';
import { Parameters } from '../parameters.ts';
import { sdpFault } from '../sdp/sdp.ts';

/** Media type of session descriptions (RFC 8866 §8.1). */
export const sdpType = 'application/sdp';

/** A message or the part of one that has a body. */
type Carrier = { readonly headers: Headers; readonly body: Buffer };

/** The media type in lower case; '' without body. */
export function contentTypeOf({ headers, body }: Carrier): string {
  const type = headers.one(header.contentType);
  return body.length === 0 || type === undefined || type instanceof Fault ? '' : type.value;
}

/**
 * The session description of a message: its body, or that part of a multipart body (RFC 5621 §3.1). Undefined if it has
 * none.
 */
export function sdpOf(message: Carrier): string | undefined {
  const type = contentTypeOf(message);
  if (type === sdpType) return message.body.toString('utf8');
  return type.startsWith('multipart/') ? sdpPartOf(message) : undefined;
}

/** The session description of a message, if it has one that may pass. */
export function usableSdp(message: Carrier): string | undefined {
  const sdp = sdpOf(message);
  return sdp === undefined || sdpFault(sdp) !== undefined ? undefined : sdp;
}

function sdpPartOf(message: Carrier): string | undefined {
  const part = partsOf(message).find(({ type }) => type === sdpType);
  return part && `${part.body.toString('utf8').trimEnd()}\r\n`;
}

/** Of a body of several parts: no line of a part begins with it. */
const newBoundary = (): string => `part-${randomUUID()}`;

type HeadersAndBody = { readonly headers: Headers; readonly body?: Buffer };

/** Header and body of a message that carries this text; nothing without one. */
export const sdpParts = (headers: Headers, sdp: string | undefined): HeadersAndBody =>
  sdp === undefined
    ? { headers }
    : {
        headers: headers.append(header.contentType, { value: sdpType, parameters: Parameters.none }),
        body: Buffer.from(sdp),
      };

/** Header and body of a message that carries other parts beside its description, as `multipart/mixed` (RFC 5621 §3). */
export function mixedParts(headers: Headers, sdp: string | undefined, others: readonly BodyPart[]): HeadersAndBody {
  if (others.length === 0) return sdpParts(headers, sdp);
  const description = sdp === undefined ? [] : [{ type: sdpType, id: undefined, body: Buffer.from(sdp) }];
  const boundary = newBoundary();
  const parameters = new Parameters([['boundary', boundary]]);
  return {
    headers: headers.append(header.contentType, { value: 'multipart/mixed', parameters }),
    body: multipartBody([...description, ...others], boundary),
  };
}
