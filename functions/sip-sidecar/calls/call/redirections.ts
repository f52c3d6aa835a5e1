/** Redirections that are followed in one call at most. */
const maxRedirections = 5;

/** The redirections of one call (3xx), whose loops are bounded: no extension is called twice. */
export class Redirections {
  #followed = 0;
  /** Extensions, and user names of phone lines, that were called. */
  readonly #called = new Set<string>();
  readonly #named = new Set<string>();

  /** A phone is called. @param user its extension, or the user name of a phone line */
  note(user: string): void {
    this.#called.add(user);
  }

  hasCalled(user: string): boolean {
    return this.#called.has(user);
  }

  /** Whether a redirection to an extension is followed, which then counts. */
  follows(extension: string): boolean {
    if (this.#followed >= maxRedirections || this.#called.has(extension) || this.#named.has(extension)) return false;
    this.#followed += 1;
    this.#named.add(extension);
    return true;
  }
}
