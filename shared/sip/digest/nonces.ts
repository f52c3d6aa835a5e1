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

const windowSize = 32;
const [timeBytes, randomPart, macBytes] = [6, 9, 15];
const headBytes = timeBytes + randomPart;

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
  /** The highest count seen with a nonce, by its head. Most are used once: this is all that is kept of them. */
  readonly #highest = new Map<string, number>();
  /** A bit for each of the 31 counts below the highest one that was seen. */
  readonly #below = new Map<string, number>();
  /** Unknown nonces issued at or before this time are stale. Starts with the process. */
  #staleUntil: number;

  constructor(parts: NonceParts) {
    this.#parts = parts;
    this.#key = createSecretKey(parts.secret);
    this.#staleUntil = parts.now() - 1;
  }

  /** Nonces whose counts are stored. */
  get size(): number {
    return this.#highest.size;
  }

  /** A new nonce for a scope. */
  issue(scope: string): string {
    const head = Buffer.alloc(headBytes);
    head.writeUIntBE(this.#parts.now(), 0, timeBytes);
    this.#parts.randomBytes(randomPart).copy(head, timeBytes);
    return Buffer.concat([head, this.#seal(head, scope)]).toString('base64url');
  }

  /** Whether a nonce may be used in a scope: it is ours, and neither too old nor evicted. */
  isLive(nonce: string, scope: string): boolean {
    return this.#liveHead(nonce, scope) !== undefined;
  }

  /** Uses a nonce with a count. @returns whether the nonce is live and the count is new */
  use(nonce: string, scope: string, count: number): boolean {
    const head = this.#liveHead(nonce, scope);
    if (head === undefined) return false;
    const highest = this.#highest.get(head);
    if (highest !== undefined) return this.#isNew(head, highest, count);
    this.#makeRoom();
    this.#highest.set(head, count);
    return true;
  }

  /** The head of a live nonce. */
  #liveHead(nonce: string, scope: string): string | undefined {
    const head = this.#headOf(nonce, scope);
    if (head === undefined || issuedAt(head) + this.#parts.lifetime <= this.#parts.now()) return undefined;
    return issuedAt(head) > this.#staleUntil || this.#highest.has(head) ? head : undefined;
  }

  /** Marks a count as seen. Requests may arrive out of order, within the window. @returns whether the count was new */
  #isNew(head: string, highest: number, count: number): boolean {
    const ahead = count - highest;
    const below = this.#below.get(head) ?? 0;
    if (ahead > 0) {
      this.#highest.set(head, count);
      this.#below.set(head, ahead >= windowSize ? 0 : ((below << ahead) | (1 << (ahead - 1))) >>> 0);
      return true;
    }
    const bit = -ahead >= windowSize || ahead === 0 ? 0 : 1 << (-ahead - 1);
    if (bit === 0 || (below & bit) !== 0) return false;
    this.#below.set(head, (below | bit) >>> 0);
    return true;
  }

  #makeRoom(): void {
    const { now, lifetime, max } = this.#parts;
    for (const head of this.#highest.keys()) {
      const expired = issuedAt(head) + lifetime <= now();
      if (!expired && this.#highest.size < max) break;
      this.#highest.delete(head);
      this.#below.delete(head);
      if (!expired) this.#staleUntil = Math.max(this.#staleUntil, issuedAt(head));
    }
  }

  /** Undefined: the nonce is not ours, or belongs to another scope. */
  #headOf(nonce: string, scope: string): string | undefined {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== headBytes + macBytes || bytes.toString('base64url') !== nonce) return undefined;
    const head = bytes.subarray(0, headBytes);
    return timingSafeEqual(bytes.subarray(headBytes), this.#seal(head, scope)) ? head.toString('latin1') : undefined;
  }

  #seal(head: Buffer, scope: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(scope).digest().subarray(0, macBytes);
  }
}

/** When the nonce with this head was issued. */
const issuedAt = (head: string): number => Buffer.from(head, 'latin1').readUIntBE(0, timeBytes);
