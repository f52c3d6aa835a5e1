/**
 * Runs a job periodically, without overlap. An error is reported and does not end the repetition.
 * @returns a function that stops the repetition and waits for the running job
 */
export function runPeriodically(
  milliseconds: number,
  job: () => Promise<unknown>,
  fault: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= job()
      .catch(fault)
      .finally(() => (running = undefined));
  }, milliseconds);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
