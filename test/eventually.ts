import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks. */
const pause = 20;

/**
 * Waits until `condition` holds, that is, neither throws nor answers `false`, and answers what it answered.
 * @param deadline milliseconds from now; then it throws, with the condition's last error as cause
 */
export async function eventually<Answer>(condition: () => Answer | Promise<Answer>, deadline = 10_000): Promise<Answer> {
  const end = performance.now() + deadline;
  let cause: unknown = 'it answered false';
  while (performance.now() < end) {
    try {
      const answer = await condition();
      if (answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    await sleep(pause);
  }
  throw new Error(`did not hold within ${deadline} ms: ${String(cause)}`, { cause });
}
