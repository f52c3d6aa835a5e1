import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Coalescer } from './coalescer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const limits = { quiet: 1_000, max: 5_000, next: { within: 10_000, quiet: 3_000, max: 15_000 } };
function coalescer(run: (key: string) => Promise<void> = async () => undefined) {
  const ran: string[] = [];
  return {
    ran,
    jobs: new Coalescer(limits, (key) => {
      ran.push(key);
      return run(key);
    }),
  };
}

test('requests that follow one another closely are one job, after a pause', async () => {
  const { ran, jobs } = coalescer();
  for (let count = 0; count < 4; count += 1) {
    void jobs.request('a');
    await vi.advanceTimersByTimeAsync(900);
  }
  expect(ran).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(ran).toEqual(['a']);
});

test('a burst that does not pause is a job after five seconds, then one every fifteen', async () => {
  const { ran, jobs } = coalescer();
  const times: number[] = [];
  for (let count = 0; count < 82; count += 1) {
    void jobs.request('a');
    await vi.advanceTimersByTimeAsync(500);
    if (ran.length > times.length) times.push(Math.floor((count + 1) / 2));
  }
  expect(times).toEqual([5, 20, 35]);
});

test('a job that follows another one waits longer for a pause, until some time has passed', async () => {
  const { ran, jobs } = coalescer();
  const jobsAfter = async (milliseconds: number): Promise<number> => {
    await vi.advanceTimersByTimeAsync(milliseconds);
    return ran.length;
  };
  void jobs.request('a');
  expect(await jobsAfter(1_000)).toBe(1);
  void jobs.request('a');
  expect([await jobsAfter(2_999), await jobsAfter(1)]).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(10_001);
  void jobs.request('a');
  expect(await jobsAfter(1_000)).toBe(3);
});

test('each key has its own jobs', async () => {
  const { ran, jobs } = coalescer();
  void jobs.request('a');
  void jobs.request('b');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ran).toEqual(['a', 'b']);
});

test('all who asked for a job learn that it failed', async () => {
  const { jobs } = coalescer(() => Promise.reject(new Error('the store is away')));
  const asked = Promise.allSettled([jobs.request('a'), jobs.request('a')]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('what waits is run when it is closed', async () => {
  const { ran, jobs } = coalescer();
  void jobs.request('a');
  await jobs.close();
  expect(ran).toEqual(['a']);
});
