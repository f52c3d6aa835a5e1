import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The dependencies and limits of `Nonces`. */
export type NonceParts = {
  /**
   * At least 32 bytes. Use one per process: then a nonce of another process is stale here, and a request accepted there
   * cannot be replayed here.
   */
  readonly secret: Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Cryptographically secure random bytes. */
  readonly randomBytes: (count: number) => Buffer;
  /** Milliseconds for which a nonce is valid. */
  readonly lifetime: number;
  /** Nonces whose counts are stored, at most. */
  readonly max: number;
};

/** The counts seen with a nonce: the highest, and a bit for each of the 31 below it. */
type Seen = { readonly issuedAt: number; highest: number; below: number };

const windowSize = 32;
const [timeBytes, randomPart, macBytes] = [6, 9, 15];

/**
 * Nonces that occupy no memory until they are used: a time and random bytes, authenticated together with their scope by
 * HMAC-SHA-256. The scope is the realm and whatever else a nonce is bound to, such as the address that it was sent to.
 * RFC 7616 §5.4 demands a limited lifetime, §3.4 counts that never repeat. The stored counts are bounded: when a nonce
 * is evicted, all unknown nonces of the same age or older become stale. So nothing can be replayed; such a client is
 * challenged once more.
 */
export class Nonces {
  readonly #parts: NonceParts;
  readonly #key: KeyObject;
  readonly #seen = new Map<string, Seen>();
  /** Unknown nonces issued at or before this time are stale. Starts with the process. */
  #staleUntil: number;

  constructor(parts: NonceParts) {
    this.#parts = parts;
    this.#key = createSecretKey(parts.secret);
    this.#staleUntil = parts.now() - 1;
  }

  /** Nonces whose counts are stored. */
  get size(): number {
    return this.#seen.size;
  }

  /** A new nonce for a scope. */
  issue(scope: string): string {
    const head = Buffer.alloc(timeBytes + randomPart);
    head.writeUIntBE(this.#parts.now(), 0, timeBytes);
    this.#parts.randomBytes(randomPart).copy(head, timeBytes);
    return Buffer.concat([head, this.#seal(head, scope)]).toString('base64url');
  }

  /** Whether a nonce may be used in a scope: it is ours, and neither too old nor evicted. */
  isLive(nonce: string, scope: string): boolean {
    return this.#liveSince(nonce, scope) !== undefined;
  }

  /** Uses a nonce with a count. @returns whether the nonce is live and the count is new */
  use(nonce: string, scope: string, count: number): boolean {
    const issuedAt = this.#liveSince(nonce, scope);
    if (issuedAt === undefined) return false;
    const seen = this.#seen.get(nonce);
    if (seen !== undefined) return markSeen(seen, count);
    // A copy: the text of a message would keep the message in memory.
    this.#remember(Buffer.from(nonce).toString(), { issuedAt, highest: count, below: 0 });
    return true;
  }

  /** When a live nonce was issued. */
  #liveSince(nonce: string, scope: string): number | undefined {
    const issuedAt = this.#issuedAt(nonce, scope);
    if (issuedAt === undefined || issuedAt + this.#parts.lifetime <= this.#parts.now()) return undefined;
    return issuedAt > this.#staleUntil || this.#seen.has(nonce) ? issuedAt : undefined;
  }

  #remember(nonce: string, seen: Seen): void {
    const { now, lifetime, max } = this.#parts;
    for (const [old, { issuedAt }] of this.#seen) {
      const expired = issuedAt + lifetime <= now();
      if (!expired && this.#seen.size < max) break;
      this.#seen.delete(old);
      if (!expired) this.#staleUntil = Math.max(this.#staleUntil, issuedAt);
    }
    this.#seen.set(nonce, seen);
  }

  /** When we issued the nonce; undefined if it is not ours or belongs to another scope. */
  #issuedAt(nonce: string, scope: string): number | undefined {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== timeBytes + randomPart + macBytes || bytes.toString('base64url') !== nonce) return undefined;
    const head = bytes.subarray(0, timeBytes + randomPart);
    return timingSafeEqual(bytes.subarray(head.length), this.#seal(head, scope))
      ? head.readUIntBE(0, timeBytes)
      : undefined;
  }

  #seal(head: Buffer, scope: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(scope).digest().subarray(0, macBytes);
  }
}

/** Marks a count as seen. Requests may arrive out of order, within the window. @returns whether the count was new */
function markSeen(seen: Seen, count: number): boolean {
  const ahead = count - seen.highest;
  if (ahead > 0) {
    seen.below = ahead >= windowSize ? 0 : ((seen.below << ahead) | (1 << (ahead - 1))) >>> 0;
    seen.highest = count;
    return true;
  }
  const bit = -ahead >= windowSize || ahead === 0 ? 0 : 1 << (-ahead - 1);
  if (bit === 0 || (seen.below & bit) !== 0) return false;
  seen.below = (seen.below | bit) >>> 0;
  return true;
}
