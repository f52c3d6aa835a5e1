/** Session descriptions as bodies of messages. */
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { Headers } from '../headers.ts';
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

function sdpPartOf({ headers, body }: Carrier): string | undefined {
  const type = headers.one(header.contentType);
  const boundary = type === undefined || type instanceof Fault ? undefined : type.parameters.get('boundary');
  if (boundary === undefined || boundary === '') return undefined;
  for (const part of `\r\n${body.toString('utf8')}`.split(`\r\n--${boundary}`).slice(1)) {
    const end = part.indexOf('\r\n\r\n');
    if (end !== -1 && /^content-type[ \t]*:[ \t]*application\/sdp[ \t]*(?:;|$)/im.test(part.slice(0, end)))
      return `${part.slice(end + 4).trimEnd()}\r\n`;
  }
  return undefined;
}

/** Header and body of a message that carries this text; nothing without one. */
export const sdpParts = (
  headers: Headers,
  sdp: string | undefined,
): { readonly headers: Headers; readonly body?: Buffer } =>
  sdp === undefined
    ? { headers }
    : {
        headers: headers.append(header.contentType, { value: sdpType, parameters: Parameters.none }),
        body: Buffer.from(sdp),
      };
