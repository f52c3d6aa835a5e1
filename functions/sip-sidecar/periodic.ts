/**
 * Does something again and again, never twice at once; what it throws is told, and it goes on. @returns ends it, once
 * what is being done is done
 */
export function every(
  milliseconds: number,
  work: () => Promise<unknown>,
  fault: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch(fault)
      .finally(() => (running = undefined));
  }, milliseconds);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
