import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

export type NonceParts = {
  /**
   * At least 32 bytes. Where each process has one of its own, a nonce of another is stale here, and none of its counts
   * can be repeated here.
   */
  readonly secret: Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Bytes that nobody can foretell. */
  readonly randomBytes: (count: number) => Buffer;
  /** Milliseconds for which a nonce may be used. */
  readonly lifetime: number;
  /** Of how many nonces the counts are remembered. */
  readonly most: number;
};

/** Counts seen: the highest, and of the 31 below it those whose bit is set. */
type Seen = { readonly issued: number; highest: number; below: number };

const windowSize = 32;
const [timeBytes, randomPart, macBytes] = [6, 9, 15];

/**
 * Nonces that need no memory until they are used: time and chance, sealed with the realm by HMAC-SHA-256 (RFC 7616
 * §5.4 asks for limited life, §3.4 for counts that never repeat). The memory of counts is bounded: where a nonce had
 * to be forgotten, all that are as old and unknown are stale, so that nothing can be replayed; such a client is
 * challenged once more.
 */
export class Nonces {
  readonly #parts: NonceParts;
  readonly #key: KeyObject;
  readonly #seen = new Map<string, Seen>();
  /** Nonces issued until then and not remembered are stale; so are all from before the start. */
  #forgotten: number;

  constructor(parts: NonceParts) {
    this.#parts = parts;
    this.#key = createSecretKey(parts.secret);
    this.#forgotten = parts.now() - 1;
  }

  get remembered(): number {
    return this.#seen.size;
  }

  issue(realm: string): string {
    const head = Buffer.alloc(timeBytes + randomPart);
    head.writeUIntBE(this.#parts.now(), 0, timeBytes);
    this.#parts.randomBytes(randomPart).copy(head, timeBytes);
    return Buffer.concat([head, this.#seal(head, realm)]).toString('base64url');
  }

  /** Uses a nonce once, with a count that it was not used with. @returns whether that may be. */
  use(nonce: string, realm: string, count: number): boolean {
    const issued = this.#issued(nonce, realm);
    const { now, lifetime } = this.#parts;
    if (issued === undefined || issued + lifetime <= now()) return false;
    const seen = this.#seen.get(nonce);
    if (seen !== undefined) return isNew(seen, count);
    if (issued <= this.#forgotten) return false;
    this.#remember(nonce, { issued, highest: count, below: 0 });
    return true;
  }

  #remember(nonce: string, seen: Seen): void {
    const { now, lifetime, most } = this.#parts;
    for (const [old, { issued }] of this.#seen) {
      const expired = issued + lifetime <= now();
      if (!expired && this.#seen.size < most) break;
      this.#seen.delete(old);
      if (!expired) this.#forgotten = Math.max(this.#forgotten, issued);
    }
    this.#seen.set(nonce, seen);
  }

  /** When a nonce of ours was issued; undefined for one that is not ours. */
  #issued(nonce: string, realm: string): number | undefined {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== timeBytes + randomPart + macBytes || bytes.toString('base64url') !== nonce) return undefined;
    const head = bytes.subarray(0, timeBytes + randomPart);
    return timingSafeEqual(bytes.subarray(head.length), this.#seal(head, realm))
      ? head.readUIntBE(0, timeBytes)
      : undefined;
  }

  #seal(head: Buffer, realm: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(realm).digest().subarray(0, macBytes);
  }
}

/** Marks the count as seen. Requests may overtake each other, by up to the window. */
function isNew(seen: Seen, count: number): boolean {
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
