/**
 * Begins a piece of work so many times at a fixed rate, whatever comes of those before (an open loop), and waits for
 * all.
 * @param work by its number, and by when it was due (milliseconds of `performance.now`)
 */
export async function openLoop(
  rate: number,
  total: number,
  work: (at: number, due: number) => Promise<void>,
): Promise<void> {
  const begun = performance.now();
  const pending: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      // The first is due at once.
      const due = Math.min(total, 1 + Math.floor(((performance.now() - begun) * rate) / 1_000));
      while (pending.length < due) pending.push(work(pending.length, begun + (pending.length * 1_000) / rate));
      if (pending.length < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(pending);
}
