import { setTimeout as pause } from 'node:timers/promises';

/** Waits for work, but not longer than a time. The work goes on. @param time milliseconds */
export async function waitAtMost(time: number, work: Promise<unknown>): Promise<void> {
  const waiting = new AbortController();
  const late = pause(time, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([work, late]).finally(() => waiting.abort());
}
