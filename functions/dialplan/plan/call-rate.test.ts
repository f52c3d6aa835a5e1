import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callCounter, windowAt, type CallWindow, type WindowStore } from './call-rate.ts';

/** A fake window store that enforces the conditions of the real one. @param delay of each store call */
function storedWindow(delay: () => Promise<unknown> = () => Promise.resolve()) {
  let stored: CallWindow | undefined;
  const asked = { reads: 0, writes: 0 };
  const tryChange = async (condition: () => boolean, next: () => CallWindow) => {
    asked.writes += 1;
    await delay();
    const done = condition();
    if (done) stored = next();
    const window = stored;
    await delay();
    return { done, window };
  };
  const store: WindowStore = {
    read: async () => {
      asked.reads += 1;
      return stored;
    },
    add: (minute, calls, most) =>
      tryChange(
        () => stored?.minute === minute && stored.used <= most,
        () => ({ minute, before: stored?.before ?? 0, used: (stored?.used ?? 0) + calls }),
      ),
    replace: (known, next) =>
      tryChange(
        () => stored?.minute === known?.minute && stored?.used === known?.used,
        () => next,
      ),
  };
  return { store, asked, window: () => stored };
}

const noon = Date.parse('2026-11-20T12:00:00Z');
const second = 1_000;

describe('a limit of calls per minute', () => {
  test('allows as many calls, then none, and answers the rest and the end of the minute', async () => {
    const { store } = storedWindow();
    const { count } = callCounter();
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await count({ key: 'p', limit: 3, now: noon }, store));
    const reset = noon / 1_000 + 60;
    expect(answers).toEqual([
      { allowed: true, limit: 3, remaining: 2, reset },
      { allowed: true, limit: 3, remaining: 1, reset },
      { allowed: true, limit: 3, remaining: 0, reset },
      { allowed: false, limit: 3, remaining: 0, reset },
    ]);
  });

  test('slides: calls of the previous minute count for its share of the last 60 seconds', async () => {
    const { store } = storedWindow();
    const { count } = callCounter();
    const allowedAt = async (now: number): Promise<number> => {
      let allowed = 0;
      while ((await count({ key: 'p', limit: 60, now }, store)).allowed) allowed += 1;
      return allowed;
    };
    expect(await allowedAt(noon + 59 * second)).toBe(60);
    expect(await allowedAt(noon + 60 * second)).toBe(0);
    expect(await allowedAt(noon + 75 * second)).toBe(15);
    expect(await allowedAt(noon + 90 * second)).toBe(15);
    expect(await allowedAt(noon + 119 * second)).toBe(29);
    expect(await allowedAt(noon + 300 * second)).toBe(60);
  });

  test('takes one store call per counted call, two at the turn of a minute, none for a known excess', async () => {
    const { store, asked } = storedWindow();
    const { count } = callCounter();
    for (let call = 0; call < 20; call += 1) await count({ key: 'p', limit: 10, now: noon }, store);
    expect(asked).toEqual({ reads: 0, writes: 10 });
    await count({ key: 'p', limit: 10, now: noon + 120 * second }, store);
    expect(asked.writes).toBe(11);
  });

  test('a process whose clock is behind uses the newest minute', () => {
    expect(windowAt({ minute: 100, used: 3, before: 1 }, 99 * 60_000)).toEqual({ minute: 100, used: 3, before: 1 });
  });

  test('peeking counts nothing', async () => {
    const { store, asked } = storedWindow();
    const { count, peek } = callCounter();
    await count({ key: 'p', limit: 2, now: noon }, store);
    for (let call = 0; call < 3; call += 1)
      expect(await peek({ key: 'p', limit: 2, now: noon }, store)).toMatchObject({ allowed: true, remaining: 1 });
    await count({ key: 'p', limit: 2, now: noon }, store);
    expect(await peek({ key: 'p', limit: 2, now: noon }, store)).toMatchObject({ allowed: false, remaining: 0 });
    expect(asked).toEqual({ reads: 4, writes: 2 });
  });

  test('policies have windows of their own', async () => {
    const [one, other] = [storedWindow(), storedWindow()];
    const { count } = callCounter();
    await count({ key: 'p', limit: 1, now: noon }, one.store);
    expect(await count({ key: 'q', limit: 1, now: noon }, other.store)).toMatchObject({ allowed: true });
  });
});

describe('from 64 callers at five times the limit', () => {
  // Each caller is a process, since a Lambda environment handles one request at a time.
  test.each([1, 7, 100, 4_999, 5_000, 25_000])(
    'a limit of %i allows no more calls, and at least 98 %% of it',
    async (limit) => {
      const { store, asked } = storedWindow();
      let allowed = 0;
      let clock = noon;
      await Promise.all(
        Array.from({ length: 64 }, async () => {
          const { count } = callCounter();
          for (let call = 0; call < (5 * limit) / 64 + 1; call += 1) {
            clock += 0.1;
            if ((await count({ key: 'p', limit, now: Math.min(clock, noon + 59 * second) }, store)).allowed)
              allowed += 1;
          }
        }),
      );
      expect(allowed).toBeLessThanOrEqual(limit);
      expect(allowed).toBeGreaterThanOrEqual(Math.floor(limit * 0.98));
      expect(asked.writes).toBeLessThan(Math.min(limit, 10_000) + 64 * 64);
    },
  );

  test('the unused calls of all processes are less than 2 % of the limit', async () => {
    const { store } = storedWindow();
    const limit = 25_000;
    for (let process = 0; process < 64; process += 1) await callCounter().count({ key: 'p', limit, now: noon }, store);
    const { count } = callCounter();
    let allowed = 64;
    while ((await count({ key: 'p', limit, now: noon }, store)).allowed) allowed += 1;
    expect(allowed).toBeGreaterThanOrEqual(limit * 0.98);
  });

  test('at no instant does the sliding window exceed the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 240 }), fc.integer({ min: 0, max: 3 })), { maxLength: 300 }),
        async (limit, calls) => {
          const { store } = storedWindow();
          const processes = Array.from({ length: 4 }, callCounter);
          const counted = new Map<number, number>();
          for (const [at, process] of calls.toSorted(([one], [other]) => one - other)) {
            const now = noon + at * second;
            const minute = Math.floor(now / 60_000);
            const answer = await processes[process]?.count({ key: 'p', limit, now }, store);
            if (answer?.allowed === true) counted.set(minute, (counted.get(minute) ?? 0) + 1);
            const before = counted.get(minute - 1) ?? 0;
            const share = 1 - (now - minute * 60_000) / 60_000;
            expect((counted.get(minute) ?? 0) + before * share).toBeLessThanOrEqual(
              Math.max(limit, before * share + (answer?.allowed === true ? 0 : (counted.get(minute) ?? 0))),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
