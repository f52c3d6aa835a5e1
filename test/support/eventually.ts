import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Milliseconds until the next look: an eighth of the wait so far, as whoever looks all the time takes the processors
 * from what is to happen.
 */
const pauseAfter = (waited: number): number => Math.min(Math.max(20, waited / 8), 1_000);

/**
 * Waits until `condition` holds, that is, neither throws nor answers `false`, and answers what it answered.
 * @param deadline milliseconds from now; then it throws, with the condition's last error as cause
 */
export async function eventually<Answer>(
  condition: () => Answer | Promise<Answer>,
  deadline = 10_000,
): Promise<Answer> {
  const begun = performance.now();
  let cause: unknown = 'it answered false';
  while (performance.now() < begun + deadline) {
    try {
      const answer = await condition();
      if (answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    await sleep(pauseAfter(performance.now() - begun));
  }
  throw new Error(`did not hold within ${deadline} ms: ${String(cause)}`, { cause });
}
