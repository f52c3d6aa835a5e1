import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runPeriodically } from './periodic.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A job every 10 ms, whose runs end when the test says so. */
function newJob() {
  const runs: PromiseWithResolvers<undefined>[] = [];
  const errors: unknown[] = [];
  const stop = runPeriodically(
    10,
    () => {
      const run = Promise.withResolvers<undefined>();
      runs.push(run);
      return run.promise;
    },
    (error) => void errors.push(error),
  );
  return { runs, errors, stop };
}

test('a job does not start again while it runs', async () => {
  const { runs } = newJob();
  await vi.advanceTimersByTimeAsync(25);
  expect(runs).toHaveLength(1);
  runs[0]!.resolve(undefined);
  await vi.advanceTimersByTimeAsync(10);
  expect(runs).toHaveLength(2);
});

test('an error is reported, and the job runs again', async () => {
  const { runs, errors } = newJob();
  await vi.advanceTimersByTimeAsync(10);
  runs[0]!.reject(new Error('broken'));
  await vi.advanceTimersByTimeAsync(10);
  expect([errors, runs.length]).toEqual([[new Error('broken')], 2]);
});

test('stopping waits for the running job', async () => {
  const { runs, stop } = newJob();
  await vi.advanceTimersByTimeAsync(10);
  let isStopped = false;
  const stopped = stop().then(() => (isStopped = true));
  await vi.advanceTimersByTimeAsync(50);
  expect([isStopped, runs.length]).toEqual([false, 1]);
  runs[0]!.resolve(undefined);
  await stopped;
});

test('jobs that begin at different times wake the process together', async () => {
  const wakes = new Set<number>();
  const repeat = (milliseconds: number) =>
    runPeriodically(
      milliseconds,
      async () => wakes.add(Math.round(performance.now())),
      () => undefined,
    );
  const stops = [repeat(250)];
  await vi.advanceTimersByTimeAsync(37);
  stops.push(repeat(500), repeat(1_000));
  await vi.advanceTimersByTimeAsync(91);
  stops.push(repeat(1_000), repeat(3_000));
  wakes.clear();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(wakes.size).toBe(40);
  await Promise.all(stops.map((stop) => stop()));
});
