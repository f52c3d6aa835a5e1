import { setTimeout as sleep } from 'node:timers/promises';

/** Deadlines are extended by this factor, because other processes may keep all cores busy. */
const slowness = 6;

/**
 * Milliseconds until the next attempt: an eighth of the wait so far. Frequent attempts would slow down what they wait
 * for.
 */
const pauseAfter = (waited: number): number => Math.min(Math.max(20, waited / 8), 1_000);

/**
 * Waits until `condition` neither throws nor returns `false`, and returns its result.
 * @param deadline milliseconds that the condition may take on an idle machine. After six times as long the wait
 * throws, with the condition's last error as cause.
 */
export async function eventually<Answer>(
  condition: () => Answer | Promise<Answer>,
  deadline = 10_000,
): Promise<Answer> {
  const started = performance.now();
  let cause: unknown = 'it answered false';
  while (performance.now() < started + slowness * deadline) {
    try {
      const answer = await condition();
      if (answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    await sleep(pauseAfter(performance.now() - started));
  }
  throw new Error(`did not hold within ${slowness * deadline} ms: ${String(cause)}`, { cause });
}

/** Waits for a time, where that is what is measured. @param milliseconds in which a busy machine does less */
export const past = async (milliseconds: number): Promise<void> => {
  const until = performance.now() + milliseconds;
  await eventually(() => performance.now() >= until, 2 * milliseconds);
};
