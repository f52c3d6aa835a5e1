/** Times that one call is sent on at most. */
const maxRedirections = 5;

/** How one call is sent on, by phones (3xx) and by users, whose loops are bounded: no one is called twice. */
export class Redirections {
  #followed: number;
  /** Extensions, and user names of phone lines, that were called. */
  readonly #called = new Set<string>();
  readonly #named = new Set<string>();
  readonly #steps = new Set<string>();
  readonly #entered = new Set<string>();

  /** @param before how often others have sent the call on, as it says itself */
  constructor(before = 0) {
    this.#followed = before;
  }

  /** A phone is called. @param user its extension, or the user name of a phone line */
  note(user: string): void {
    this.#called.add(user);
  }

  hasCalled(user: string): boolean {
    return this.#called.has(user);
  }

  /** Whether the settings of a user are asked, once. @param id of the user */
  enters(id: string): boolean {
    if (this.#entered.has(id)) return false;
    this.#entered.add(id);
    return true;
  }

  /**
   * Whether the call is sent on to a target, which then counts.
   * @param target an extension, a number, or its id
   * @param step by which it is sent on: several targets of one step count once. Default: one of its own
   */
  follows(target: string, step = target): boolean {
    const isCounted = this.#steps.has(step);
    if (!isCounted && this.#followed >= maxRedirections) return false;
    if (this.#called.has(target) || this.#named.has(target)) return false;
    if (!isCounted) this.#followed += 1;
    this.#steps.add(step);
    this.#named.add(target);
    return true;
  }
}
