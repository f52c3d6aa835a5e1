/**
 * `actions.rate_limit`: calls per minute of a policy, sliding over two one-minute windows (dialplan.md, step 7). What
 * was let through in the minute before counts in proportion to how much of it the last sixty seconds still hold.
 */

/** The calls of one policy, as they are stored. */
export type CallWindow = {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Calls let through in it, and in the minute before, which changes no more. */
  readonly used: number;
  readonly before: number;
};

/** As answered. */
export type RateLimit = {
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds at which the minute ends. */ readonly reset: number;
};

/** What was stored after a change was tried, and whether the change was made. */
type Changed = { readonly done: boolean; readonly window: CallWindow | undefined };

/** The windows of one policy, wherever they are kept. */
export type WindowStore = {
  readonly read: () => Promise<CallWindow | undefined>;
  /** So many calls more, if the stored window is of this minute and has let through at most `most`. */
  readonly add: (minute: number, calls: number, most: number) => Promise<Changed>;
  /** Another window in the place of one, if that is still stored so. */
  readonly turn: (known: CallWindow | undefined, next: CallWindow) => Promise<Changed>;
};

const minuteLength = 60_000;

/** A window as of an instant (ms). A clock that is behind goes by the newest minute that any has seen. */
export function windowAt(stored: CallWindow | undefined, now: number): CallWindow {
  const minute = Math.max(Math.floor(now / minuteLength), stored?.minute ?? 0);
  if (stored?.minute === minute) return stored;
  return { minute, used: 0, before: stored?.minute === minute - 1 ? stored.used : 0 };
}

/** How many calls the window's minute may have let through by an instant (ms). */
function allowance({ minute, before }: CallWindow, limit: number, now: number): number {
  const elapsed = Math.max(0, now - minute * minuteLength) / minuteLength;
  return Math.max(0, Math.floor(limit - before * (1 - elapsed)));
}

const shown = (window: CallWindow, limit: number, now: number): RateLimit => ({
  limit,
  remaining: Math.max(0, allowance(window, limit, now) - window.used),
  reset: (window.minute + 1) * 60,
});

/**
 * Calls are drawn in blocks of this many: one item takes 1,000 writes a second. What 64 processes hold unused at the
 * end of a minute is less than 2 % of the limit.
 */
const blockOf = (limit: number): number => Math.max(1, Math.floor(limit / 5_000));

export type Counted = RateLimit & { readonly allowed: boolean };
type Limit = {
  /** Whose calls they are. */ readonly key: string;
  /** Calls per minute. */ readonly limit: number;
  /** ms */ readonly now: number;
};

export type CallCounter = {
  /** Counts a call, unless there are too many. */
  readonly count: (of: Limit, store: WindowStore) => Promise<Counted>;
  /** Tells what counting would say. */
  readonly look: (of: Limit, store: WindowStore) => Promise<Counted>;
};

/** Policies whose windows a process remembers. */
const maxRemembered = 10_000;
/** Turns in which others were faster each time; a second one is needed at the turn of a minute. */
const maxTries = 16;

/**
 * Counts calls together with all other processes: never more than the limit. One store call each, and none for what is
 * known to be too many.
 */
export function callCounter(): CallCounter {
  const known = new Map<string, CallWindow>();
  const drawn = new Map<string, { minute: number; left: number }>();

  const remember = (key: string, window: CallWindow | undefined): void => {
    if (known.size >= maxRemembered) known.clear();
    if (window === undefined) known.delete(key);
    else known.set(key, window);
  };

  const fromBlock = (key: string, { minute }: CallWindow): boolean => {
    const block = drawn.get(key);
    if (block?.minute !== minute || block.left === 0) return false;
    block.left -= 1;
    return true;
  };

  const keepBlock = (key: string, { minute }: CallWindow, left: number): void => {
    if (left === 0) return;
    const present = drawn.get(key);
    if (drawn.size >= maxRemembered) drawn.clear();
    drawn.set(key, { minute, left: left + (present?.minute === minute ? present.left : 0) });
  };

  const count: CallCounter['count'] = async ({ key, limit, now }, store) => {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const stored = known.get(key);
      const window = windowAt(stored, now);
      if (fromBlock(key, window)) return { ...shown(window, limit, now), allowed: true };
      // What is known may be old, and the truth is more then: what is too much already stays so.
      const room = allowance(window, limit, now) - window.used;
      if (room < 1) return { ...shown(window, limit, now), allowed: false };
      const calls = room < blockOf(limit) ? 1 : blockOf(limit);
      const { done, window: found } =
        stored?.minute === window.minute
          ? await store.add(window.minute, calls, window.used + room - calls)
          : await store.turn(stored, { ...window, used: window.used + calls });
      remember(key, found);
      if (!done) continue;
      keepBlock(key, window, calls - 1);
      return { ...shown(found ?? window, limit, now), allowed: true };
    }
    throw new Error(`the calls of ${key} could not be counted`);
  };

  const look: CallCounter['look'] = async ({ key, limit, now }, store) => {
    const stored = await store.read();
    remember(key, stored);
    const rate = shown(windowAt(stored, now), limit, now);
    return { ...rate, allowed: rate.remaining > 0 };
  };

  return { count, look };
}
