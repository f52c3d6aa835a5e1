import { writeFileSync } from 'node:fs';

/** Of the thread that runs JavaScript (proc(5)). */
const file = '/proc/self/timerslack_ns';

/**
 * Starts a program whose timers may be late, so that those that are due at about the same time need one change between
 * threads: it inherits the slack of the thread that starts it (prctl(2), PR_SET_TIMERSLACK), which gets its own back.
 * Without the file, its timers are as exact as any.
 *
 * @param microseconds by which they may be late
 */
export function withTimerSlack<T>(microseconds: number, start: () => T): T {
  const isSet = trySlack(microseconds * 1_000);
  try {
    return start();
  } finally {
    // 0 is the slack that the thread itself began with.
    if (isSet) trySlack(0);
  }
}

/** @returns whether the kernel lets the thread set it */
function trySlack(nanoseconds: number): boolean {
  try {
    writeFileSync(file, String(nanoseconds));
    return true;
  } catch {
    return false;
  }
}
