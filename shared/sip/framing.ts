/** What a transport delivers. `rejected`: a message whose length is not reliable, after which its connection ends. */
export type Arrival =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  | { readonly kind: 'keepalive' }
  | { readonly kind: 'rejected'; readonly head: Buffer; readonly code: 400 | 413; readonly reason: string };

/** Bytes of a message over a connection: of its header section, and of its body. */
export const messageLimits = { head: 16_384, body: 65_536 } as const;

/**
 * Splits a stream into SIP messages by Content-Length (RFC 3261 §18.3), which is checked before the body is stored.
 * CRLF before a message is skipped (§7.5); CRLF CRLF between messages is a keep-alive (RFC 5626 §3.5.1). Keep-alives in
 * a row are one, so that a chunk full of them costs no more than a message.
 */
export type Framing = {
  /** Adds received bytes and returns what is complete. After `rejected` nothing more is returned. */
  readonly take: (chunk: Buffer) => Arrival[];
  /** Whether a message is incomplete. */
  readonly isWithin: () => boolean;
};

const crlf = Buffer.from('\r\n');
const endOfHead = Buffer.from('\r\n\r\n');
const empty = Buffer.alloc(0);

/** The Content-Length fields of a header section; `l` is the compact form (RFC 3261 §20.14). */
const contentLength = /\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)/gi;

function bodyLength(head: string): number | undefined {
  const values = [...head.matchAll(contentLength)].map(([, value = '']) => value.trim());
  const [value = ''] = values;
  return /^[0-9]{1,9}$/.test(value) && values.every((each) => each === value) ? Number(value) : undefined;
}

/**
 * The first arrival and the remaining bytes; or the number of bytes needed before the next attempt, and the number of
 * bytes already searched for the end of the header section.
 */
type Cut =
  | { readonly arrival: Arrival; readonly rest: Buffer }
  | { readonly needed: number; readonly searched: number };

const reject = (head: Buffer, code: 400 | 413, reason: string): Cut => ({
  arrival: { kind: 'rejected', head, code, reason },
  rest: empty,
});

/** CRLF CRLF as a number. */
const keepAlive = endOfHead.readUInt32BE();

/** Keep-alives at the beginning, of at least 4 bytes. */
function keepAlivesAt(pending: Buffer): number {
  let count = 0;
  while (4 * count + 4 <= pending.length && pending.readUInt32BE(4 * count) === keepAlive) count += 1;
  return count;
}

/** @param searched bytes that do not contain the end of the header section */
function cut(pending: Buffer, searched: number): Cut {
  if (pending.length < 4) return { needed: 4, searched: 0 };
  const keepAlives = keepAlivesAt(pending);
  if (keepAlives > 0) return { arrival: { kind: 'keepalive' }, rest: pending.subarray(4 * keepAlives) };
  const end = pending.indexOf(endOfHead, Math.max(0, searched - 3));
  const headLength = end === -1 ? pending.length : end + 4;
  if (headLength > messageLimits.head) return reject(pending.subarray(0, messageLimits.head), 413, 'Header Too Large');
  if (end === -1) return { needed: pending.length + 1, searched: pending.length };
  const head = pending.subarray(0, headLength);
  const length = bodyLength(head.toString('latin1'));
  if (length === undefined) return reject(head, 400, 'Missing or Invalid Content-Length');
  if (length > messageLimits.body) return reject(head, 413, 'Request Entity Too Large');
  const total = headLength + length;
  return pending.length < total
    ? { needed: total, searched: 0 }
    : { arrival: { kind: 'message', bytes: pending.subarray(0, total) }, rest: pending.subarray(total) };
}

/** Skips a CRLF that is not the first half of a keep-alive. */
const skipLineEnd = (pending: Buffer): Buffer =>
  pending.length >= 4 && pending.subarray(0, 2).equals(crlf) && !pending.subarray(0, 4).equals(endOfHead)
    ? pending.subarray(2)
    : pending;

/** A new framing for one connection. */
export function framing(): Framing {
  let pending: Buffer = empty;
  let searched = 0;
  let needed = 0;
  return {
    isWithin: () => pending.length > 0 && !crlf.equals(pending),
    take: (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const arrivals: Arrival[] = [];
      while (pending.length >= needed) {
        pending = skipLineEnd(pending);
        const next = cut(pending, searched);
        if ('needed' in next) {
          ({ needed, searched } = next);
          break;
        }
        arrivals.push(next.arrival);
        pending = next.rest;
        searched = 0;
        needed = next.arrival.kind === 'rejected' ? Infinity : 0;
      }
      return arrivals;
    },
  };
}
