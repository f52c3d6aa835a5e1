import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StoredParked } from '../call/moved-application.ts';
import type { ApplicationHost } from './application.ts';
import { parked, resumedParked } from './parked.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const by = { number: '201', from_variable: false };

function hostOf(outcomes: readonly ('answered' | 'no_answer')[]) {
  const log: string[] = [];
  const left = [...outcomes];
  const host: Pick<ApplicationHost, 'answer' | 'joined' | 'hold' | 'dial' | 'hangUp'> = {
    answer: () => void log.push('answer'),
    joined: async () => undefined,
    hold: (isHeld) => void log.push(isHeld ? 'music' : 'no music'),
    dial: async ({ parties }) => {
      log.push(`dial ${JSON.stringify(parties[0])}`);
      return left.shift() ?? 'no_answer';
    },
    hangUp: ({ status }) => void log.push(`hang up ${status}`),
  };
  return { host: host as ApplicationHost, log };
}
const dependencies = { now: () => Date.now(), fault: (error: unknown) => expect.fail(String(error)) };
const dialed = `dial ${JSON.stringify(by)}`;

test('a parked call hears music, and rings at who parked it until that answers', async () => {
  const { host, log } = hostOf(['no_answer', 'answered']);
  parked({ by, return_seconds: 120 }, dependencies)(host);
  await vi.advanceTimersByTimeAsync(119_000);
  expect(log).toEqual(['answer', 'music']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(log.slice(2)).toEqual(['no music', dialed, 'music']);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(log.slice(5)).toEqual(['no music', dialed]);
});

test('it ends when it has rung five times in vain, also if who parked it has no phone', async () => {
  const { host, log } = hostOf([]);
  parked({ by: null, return_seconds: 120 }, dependencies)(host);
  await vi.advanceTimersByTimeAsync(700_000);
  expect([log.at(-1), log.filter((each) => each === 'music').length]).toEqual(['hang up 480', 5]);
});

test('one that is fetched rings at no one', async () => {
  const { host, log } = hostOf([]);
  const application = parked({ by, return_seconds: 120 }, dependencies)(host);
  await vi.advanceTimersByTimeAsync(10_000);
  application.onEnd();
  await vi.advanceTimersByTimeAsync(600_000);
  expect([log, application.isMovable]).toEqual([['answer', 'music'], false]);
});

test('a task that goes on with it knows when it rings at who parked it, and how often it has', async () => {
  const { host, log } = hostOf(['no_answer']);
  const application = parked({ by, return_seconds: 120 }, dependencies)(host);
  expect([application.isMovable, application.suspend()]).toEqual([false, undefined]);
  await vi.advanceTimersByTimeAsync(130_000);
  const stored = application.suspend();
  expect(stored).toMatchObject({ kind: 'parked', by, return_seconds: 120, returns: 1 });
  await vi.advanceTimersByTimeAsync(60_000);
  const moved = hostOf([]);
  resumedParked(JSON.parse(JSON.stringify(stored)) as StoredParked, dependencies)(moved.host);
  await vi.advanceTimersByTimeAsync(49_000);
  expect(moved.log).toEqual(['music']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(moved.log.slice(1)).toEqual(['no music', dialed, 'music']);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(moved.log.at(-1)).toBe('hang up 480');
  expect(log).toEqual(['answer', 'music', 'no music', dialed, 'music']);
});

test('one that no other task takes waits on', async () => {
  const { host, log } = hostOf(['answered']);
  const application = parked({ by, return_seconds: 120 }, dependencies)(host);
  await vi.advanceTimersByTimeAsync(60_000);
  application.suspend();
  await vi.advanceTimersByTimeAsync(10_000);
  application.goOn();
  await vi.advanceTimersByTimeAsync(51_000);
  expect(log).toEqual(['answer', 'music', 'no music', dialed]);
});
