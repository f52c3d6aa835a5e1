/**
 * Milliseconds of the grid on which jobs run: those that are due in the same quarter of a second wake the process
 * together.
 */
const grid = 250;

/** The first time at or after `time` at which a job runs. Shorter periods than the grid have none. */
const onGrid = (time: number, period: number): number => (period < grid ? time : Math.ceil(time / grid) * grid);

/**
 * Runs a job periodically, without overlap: a run that is due while the job runs is left out. An error is reported and
 * does not end the repetition.
 * @returns a function that stops the repetition and waits for the running job
 */
export function runPeriodically(
  milliseconds: number,
  job: () => Promise<unknown>,
  fault: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  let due = onGrid(performance.now() + milliseconds, milliseconds);
  const wait = (): NodeJS.Timeout => setTimeout(run, Math.max(0, Math.ceil(due - performance.now())));
  const run = (): void => {
    // After a stall, the runs that were due are one.
    due += Math.max(1, Math.ceil((performance.now() - due) / milliseconds)) * milliseconds;
    timer = wait();
    running ??= job()
      .catch(fault)
      .finally(() => (running = undefined));
  };
  let timer = wait();
  return async () => {
    clearTimeout(timer);
    await running;
  };
}
