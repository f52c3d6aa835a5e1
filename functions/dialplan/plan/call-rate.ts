import { minute as minuteLength, second } from '#schema/time.ts';

/**
 * Calls per minute of a policy, sliding over two one-minute windows: the calls of the previous minute count for the
 * share of it that is within the last 60 seconds.
 */

/** The calls of one policy, as stored. */
export type CallWindow = {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Calls of this minute. */
  readonly used: number;
  /** Calls of the minute before. */
  readonly before: number;
};

/** A rate limit as answered. */
export type RateLimit = {
  readonly limit: number;
  readonly remaining: number;
  /** End of the minute, Unix seconds. */
  readonly reset: number;
};

/** Whether a conditional write was done, and the window that is stored after it. */
type WindowChange = { readonly done: boolean; readonly window: CallWindow | undefined };

/** The stored windows of one policy. */
export type WindowStore = {
  readonly read: () => Promise<CallWindow | undefined>;
  /** Adds calls if the stored window is of this minute and has at most `max` calls. */
  readonly add: (minute: number, calls: number, max: number) => Promise<WindowChange>;
  /** Replaces the stored window if it is still the known one. */
  readonly replace: (known: CallWindow | undefined, next: CallWindow) => Promise<WindowChange>;
};

/** The window at an instant (ms since 1970). If another clock is ahead, its later minute is the present one. */
export function windowAt(stored: CallWindow | undefined, now: number): CallWindow {
  const minute = Math.max(Math.floor(now / minuteLength), stored?.minute ?? 0);
  if (stored?.minute === minute) return stored;
  return { minute, used: 0, before: stored?.minute === minute - 1 ? stored.used : 0 };
}

/** The calls that the minute of the window may have at an instant (ms since 1970). */
function allowanceAt({ minute, before }: CallWindow, limit: number, now: number): number {
  const elapsed = Math.max(0, now - minute * minuteLength) / minuteLength;
  return Math.max(0, Math.floor(limit - before * (1 - elapsed)));
}

const rateLimitAt = (window: CallWindow, limit: number, now: number): RateLimit => ({
  limit,
  remaining: Math.max(0, allowanceAt(window, limit, now) - window.used),
  reset: ((window.minute + 1) * minuteLength) / second,
});

/**
 * Calls that a process takes from the window at once, since one item takes 1,000 writes per second. The unused calls of
 * 64 processes at the end of a minute are less than 2 % of the limit.
 */
const blockSizeOf = (limit: number): number => Math.max(1, Math.floor(limit / 5_000));

export type CountResult = RateLimit & { readonly allowed: boolean };

type CountedCall = {
  /** Names the policy, across organizations. */
  readonly key: string;
  /** Calls per minute. */
  readonly limit: number;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export type CallCounter = {
  /** Counts a call, unless the limit is reached. */
  readonly count: (call: CountedCall, store: WindowStore) => Promise<CountResult>;
  /** What `count` would answer; counts nothing. */
  readonly peek: (call: CountedCall, store: WindowStore) => Promise<CountResult>;
};

/** Policies whose windows a process remembers. */
const maxRemembered = 10_000;

/**
 * Attempts against concurrent processes. Two are normal at the turn of a minute. They do not pause as `transact` does:
 * a failed update returns the stored window, and a caller is on the line.
 */
const maxAttempts = 16;

/** The windows that a process has last seen. */
class KnownWindows {
  readonly #windows = new Map<string, CallWindow>();

  get(key: string): CallWindow | undefined {
    return this.#windows.get(key);
  }

  set(key: string, window: CallWindow | undefined): void {
    if (this.#windows.size >= maxRemembered) this.#windows.clear();
    if (window === undefined) this.#windows.delete(key);
    else this.#windows.set(key, window);
  }
}

/** The calls that a process has taken from the windows and not used yet. */
class CallBlocks {
  readonly #blocks = new Map<string, { minute: number; unused: number }>();

  /** Uses a call of the minute, if there is one. */
  use(key: string, { minute }: CallWindow): boolean {
    const block = this.#blocks.get(key);
    if (block?.minute !== minute || block.unused === 0) return false;
    block.unused -= 1;
    return true;
  }

  add(key: string, { minute }: CallWindow, calls: number): void {
    if (calls === 0) return;
    const present = this.#blocks.get(key);
    if (this.#blocks.size >= maxRemembered) this.#blocks.clear();
    this.#blocks.set(key, { minute, unused: calls + (present?.minute === minute ? present.unused : 0) });
  }
}

/**
 * Counts the calls of all processes together, never more than the limit. A counted call takes at most one store call
 * (two at the turn of a minute), a call that is known to exceed the limit takes none.
 */
export function callCounter(): CallCounter {
  const known = new KnownWindows();
  const blocks = new CallBlocks();

  const count: CallCounter['count'] = async ({ key, limit, now }, store) => {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const stored = known.get(key);
      const window = windowAt(stored, now);
      if (blocks.use(key, window)) return { ...rateLimitAt(window, limit, now), allowed: true };
      // The known window may be old, but the stored count only grows: a known excess stays an excess.
      const room = allowanceAt(window, limit, now) - window.used;
      if (room < 1) return { ...rateLimitAt(window, limit, now), allowed: false };
      const calls = room < blockSizeOf(limit) ? 1 : blockSizeOf(limit);
      const { done, window: found } =
        stored?.minute === window.minute
          ? await store.add(window.minute, calls, window.used + room - calls)
          : await store.replace(stored, { ...window, used: window.used + calls });
      known.set(key, found);
      if (!done) continue;
      blocks.add(key, window, calls - 1);
      return { ...rateLimitAt(found ?? window, limit, now), allowed: true };
    }
    throw new Error(`the calls of ${key} could not be counted`);
  };

  const peek: CallCounter['peek'] = async ({ key, limit, now }, store) => {
    const stored = await store.read();
    known.set(key, stored);
    const rate = rateLimitAt(windowAt(stored, now), limit, now);
    return { ...rate, allowed: rate.remaining > 0 };
  };

  return { count, peek };
}
