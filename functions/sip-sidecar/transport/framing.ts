import { messageLimits, type Arrival } from './flow.ts';

/**
 * Cuts a stream into SIP messages by Content-Length (RFC 3261 §18.3), which is judged before a byte of the body is
 * kept. CRLF before a message is skipped (§7.5); CRLF CRLF between messages is a keep-alive (RFC 5626 §3.5.1).
 */
export type Framing = {
  /** Takes what came in and answers what is whole. After `refused` nothing more comes. */
  readonly take: (chunk: Buffer) => Arrival[];
  /** Whether a message has begun that is not whole. */
  readonly isWithin: () => boolean;
};

const crlf = Buffer.from('\r\n');
const endOfHead = Buffer.from('\r\n\r\n');
const empty = Buffer.alloc(0);

/** The values of Content-Length in a header part: `l` is its compact form (RFC 3261 §20.14). */
const contentLength = /\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)/gi;

function bodyLength(head: string): number | undefined {
  const values = [...head.matchAll(contentLength)].map(([, value = '']) => value.trim());
  const [value = ''] = values;
  return /^[0-9]{1,9}$/.test(value) && values.every((each) => each === value) ? Number(value) : undefined;
}

/**
 * One thing off the front; or how many bytes there must be before it is worth looking again, and from where the end of
 * the header part is looked for.
 */
type Cut =
  { readonly arrival: Arrival; readonly rest: Buffer } | { readonly wanted: number; readonly searched: number };

const rejected = (head: Buffer, code: 400 | 413, reason: string): Cut => ({
  arrival: { kind: 'refused', head, code, reason },
  rest: empty,
});

/** @param searched bytes that have been looked through in vain for the end of the header part */
function cut(pending: Buffer, searched: number): Cut {
  if (pending.length < 4) return { wanted: 4, searched: 0 };
  if (pending.subarray(0, 4).equals(endOfHead)) return { arrival: { kind: 'keepalive' }, rest: pending.subarray(4) };
  const end = pending.indexOf(endOfHead, Math.max(0, searched - 3));
  const headLength = end === -1 ? pending.length : end + 4;
  if (headLength > messageLimits.head)
    return rejected(pending.subarray(0, messageLimits.head), 413, 'Header Too Large');
  if (end === -1) return { wanted: pending.length + 1, searched: pending.length };
  const head = pending.subarray(0, headLength);
  const length = bodyLength(head.toString('latin1'));
  if (length === undefined) return rejected(head, 400, 'Missing or Invalid Content-Length');
  if (length > messageLimits.body) return rejected(head, 413, 'Request Entity Too Large');
  const total = headLength + length;
  return pending.length < total
    ? { wanted: total, searched: 0 }
    : { arrival: { kind: 'message', bytes: pending.subarray(0, total) }, rest: pending.subarray(total) };
}

/** A line end alone is skipped, unless it may be the first half of a keep-alive. */
const withoutLineEnd = (pending: Buffer): Buffer =>
  pending.length >= 4 && pending.subarray(0, 2).equals(crlf) && !pending.subarray(0, 4).equals(endOfHead)
    ? pending.subarray(2)
    : pending;

export function framing(): Framing {
  let pending: Buffer = empty;
  let searched = 0;
  let wanted = 0;
  return {
    isWithin: () => pending.length > 0 && !crlf.equals(pending),
    take: (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const arrivals: Arrival[] = [];
      while (pending.length >= wanted) {
        pending = withoutLineEnd(pending);
        const next = cut(pending, searched);
        if ('wanted' in next) {
          ({ wanted, searched } = next);
          break;
        }
        arrivals.push(next.arrival);
        pending = next.rest;
        searched = 0;
        wanted = next.arrival.kind === 'refused' ? Infinity : 0;
      }
      return arrivals;
    },
  };
}
