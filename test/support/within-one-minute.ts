import { minute } from '#schema/time.ts';

/**
 * Runs `work` until it begins and ends in one minute of the clock: rate limits and digests count by minutes, and a busy
 * machine is slow. Each run of `work` needs resources of its own if an earlier run changes what a later one expects.
 *
 * @param now Unix milliseconds
 */
export async function withinOneMinute<Result>(work: () => Promise<Result>, now = Date.now): Promise<Result> {
  const currentMinute = (): number => Math.floor(now() / minute);
  for (;;) {
    const started = currentMinute();
    const result = await work();
    if (currentMinute() === started) return result;
  }
}
