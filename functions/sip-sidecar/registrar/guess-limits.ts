import { hour, minute, second } from '#schema/time.ts';
import { HashedTable, type Row } from '../tables/hashed-table.ts';
import { tokensAt } from '../tables/token-bucket.ts';

/** This many attempts of a user name at an address without success, within this time, block both together. */
const maxAttempts = 20;
const attemptWindow = minute;
/** In milliseconds, as all times here. */
const block = 5 * minute;
/** Attempts of an address for user names that have not succeeded there: in a burst, and per second. */
const unproven = { burst: 1_200, rate: 20 } as const;
/** Time for which a user name counts as proven at an address. */
const provenFor = 24 * hour;
/** User names at addresses, and addresses, whose attempts are counted. */
const slots = { names: 32_768, addresses: 8_192 } as const;

type Attempts = Row<'count' | 'since' | 'blockedUntil' | 'provenUntil'>;

const noAttempts: Attempts = { count: 0, since: -Infinity, blockedUntil: -Infinity, provenUntil: -Infinity };

/**
 * Limits the guessing of passwords, by user name and address together, and by address. Only attempts with a nonce that
 * was issued to the address may be reported, so that a forged source cannot block anyone. A phone with a wrong password
 * blocks itself, and no other phone at its address; a proven user name does not count against its address.
 */
export class GuessLimits {
  readonly #now: () => number;
  readonly #names: HashedTable<keyof Attempts>;
  readonly #addresses: HashedTable<'tokens' | 'filledAt'>;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#names = new HashedTable(['count', 'since', 'blockedUntil', 'provenUntil'], slots.names, now);
    this.#addresses = new HashedTable(['tokens', 'filledAt'], slots.addresses, now);
  }

  /** The size of what is stored, which is constant. */
  get bytes(): number {
    return this.#names.bytes + this.#addresses.bytes;
  }

  /** The seconds to wait if an attempt is not allowed now, else 0. Counts nothing. */
  delayOf(username: string, address: string): number {
    const now = this.#now();
    const { blockedUntil, provenUntil } = this.#attemptsOf(username, address);
    if (blockedUntil > now) return Math.ceil((blockedUntil - now) / second);
    return provenUntil <= now && this.#tokensOf(address) < 1 ? 1 : 0;
  }

  /**
   * Counts an attempt. Call it when the password is compared: of attempts that wait for something, 20 at once would
   * count as wrong.
   * @returns the seconds to wait if the attempt is not allowed, else 0
   */
  begin(username: string, address: string): number {
    const now = this.#now();
    const delay = this.delayOf(username, address);
    if (delay > 0) return delay;
    const known = this.#attemptsOf(username, address);
    if (known.provenUntil <= now) this.#changeTokens(address, -1);
    const isWithin = now - known.since <= attemptWindow;
    const count = isWithin ? known.count + 1 : 1;
    const after = { ...known, count, since: isWithin ? known.since : now };
    this.#store(username, address, count < maxAttempts ? after : { ...after, count: 0, blockedUntil: now + block });
    return 0;
  }

  /** The attempt that began last was right: it and the earlier ones are forgotten. */
  succeed(username: string, address: string): void {
    const now = this.#now();
    if (this.#attemptsOf(username, address).provenUntil <= now) this.#changeTokens(address, 1);
    this.#store(username, address, { ...noAttempts, provenUntil: now + provenFor });
  }

  #attemptsOf(username: string, address: string): Attempts {
    return this.#names.read(`${address} ${username}`) ?? noAttempts;
  }

  #store(username: string, address: string, attempts: Attempts): void {
    const { since, blockedUntil, provenUntil } = attempts;
    const until = Math.max(since + attemptWindow, blockedUntil, provenUntil);
    this.#names.write(`${address} ${username}`, attempts, until);
  }

  #tokensOf(address: string): number {
    const bucket = this.#addresses.read(address);
    return bucket === undefined ? unproven.burst : Math.min(unproven.burst, tokensAt(bucket, unproven, this.#now()));
  }

  #changeTokens(address: string, change: 1 | -1): void {
    const now = this.#now();
    const tokens = Math.min(unproven.burst, this.#tokensOf(address) + change);
    this.#addresses.write(
      address,
      { tokens, filledAt: now },
      now + ((unproven.burst - tokens) / unproven.rate) * second,
    );
  }
}
