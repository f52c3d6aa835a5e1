import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import type { Sender, Store } from '../dynamodb/client.ts';
import { isExceeded, rateLimiter, remainingRequests, RateLimited } from './rate-limits.ts';

const running = testStore();

const now = new Date('2026-11-20T12:00:20Z');
const always = () => 0.5;

/** Counts like the table, without its latency, and records the number of writes. */
function countingStore(): { readonly store: Store; readonly writes: () => number } {
  const used = new Map<string, number>();
  let writes = 0;
  const client = {
    send: async ({
      input,
    }: {
      input: { Key: { PK: { S: string } }; ExpressionAttributeValues: { ':a0': { N: string } } };
    }) => {
      writes += 1;
      const sum = (used.get(input.Key.PK.S) ?? 0) + Number(input.ExpressionAttributeValues[':a0'].N);
      used.set(input.Key.PK.S, sum);
      return { Attributes: { used: { N: String(sum) } } };
    },
  } as Sender;
  return { store: { client, tableName: 'table' }, writes: () => writes };
}

describe("a credential's window", () => {
  test('passes exactly its limit, however many processes count concurrently', async () => {
    const processes = Array.from({ length: 4 }, () =>
      rateLimiter(running.store, { RATE_LIMIT_CREDENTIAL: '50' }, always),
    );
    const windows = await Promise.all(
      Array.from({ length: 120 }, (_item, at) => processes[at % 4]!.count('default', 'ses_1', now)),
    );
    expect(windows.filter((window) => !isExceeded(window))).toHaveLength(50);
    expect(Math.min(...windows.map(remainingRequests))).toBe(0);
  });

  test('ends with the minute', async () => {
    const limiter = rateLimiter(running.store, { RATE_LIMIT_CREDENTIAL: '1' }, always);
    const counts = async (at: Date) => limiter.count('default', 'ses_2', at);
    expect(isExceeded(await counts(now))).toBe(false);
    expect(await counts(now)).toEqual({ limit: 1, used: 2, reset: Date.parse('2026-11-20T12:01:00Z') / 1_000 });
    expect(isExceeded(await counts(new Date('2026-11-20T12:01:00Z')))).toBe(false);
  });

  test('is independent of other credentials', async () => {
    const limiter = rateLimiter(running.store, { RATE_LIMIT_CREDENTIAL: '1', RATE_LIMIT_LOGIN: '1' }, always);
    const windows = [
      await limiter.count('default', 'ses_3', now),
      await limiter.count('default', 'ses_4', now),
      await limiter.count('login', 'ip:192.0.2.1', now),
    ];
    expect(windows.map(isExceeded)).toEqual([false, false, false]);
  });

  test.each([
    ['eventlog', 500],
    ['eventquery', 100],
    ['gatewaystatus', 300],
    ['tempauth', 60],
  ] as const)('of class %s has %i requests', async (rateClass, limit) => {
    expect(await rateLimiter(countingStore().store, {}, always).count(rateClass, 'org_1001', now)).toMatchObject({
      limit,
      used: 1,
    });
  });

  test('is multiplied by RATE_LIMIT_SCALE', async () => {
    expect(
      await rateLimiter(countingStore().store, { RATE_LIMIT_SCALE: '10' }, always).count('default', 'ses_5', now),
    ).toMatchObject({ limit: 6_000 });
  });

  test('needs one write for many requests, and counts exactly with one process', async () => {
    const { store, writes } = countingStore();
    const limiter = rateLimiter(store, {}, always);
    const left: number[] = [];
    for (let request = 0; request < 650; request += 1)
      left.push(remainingRequests(await limiter.count('default', 'ses_11', now)));
    expect(left).toEqual(Array.from({ length: 650 }, (_item, request) => Math.max(0, 599 - request)));
    expect(writes()).toBeLessThan(100);
  });

  test('passes at least 98 % of its limit and never more when many processes ask for five times as much', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 64 }), fc.infiniteStream(fc.nat(63)), async (processes, spread) => {
        const { store } = countingStore();
        const limiters = Array.from({ length: processes }, () => rateLimiter(store, {}, always));
        let passed = 0;
        for (let request = 0; request < 3_000; request += 1)
          if (!isExceeded(await limiters[Number(spread.next().value) % processes]!.count('default', 'ses_12', now)))
            passed += 1;
        expect(passed).toBeLessThanOrEqual(600);
        expect(passed).toBeGreaterThanOrEqual(588);
      }),
      { numRuns: 30 },
    );
  });

  test('tells a rejected caller when to retry', () => {
    expect(
      new RateLimited({ limit: 1, used: 2, reset: Date.parse('2026-11-20T12:01:00Z') / 1_000 }, now),
    ).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfter: 40 });
  });
});

describe("an organization's window", () => {
  test('is accurate to fifteen per cent, counted by a tenth of the requests in several processes', async () => {
    const seeds = fc.integer({ min: 1, max: 2 ** 31 - 2 });
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 1, max: 8 }), async (seed, processes) => {
        // A Park–Miller generator, so that a failure can be reproduced.
        let state = seed;
        const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        const { store, writes } = countingStore();
        const limiters = Array.from({ length: processes }, () => rateLimiter(store, {}, random));
        let passed = 0;
        for (let request = 0; request < 8_000; request += 1)
          if (!isExceeded(await limiters[request % processes]!.countOrganization(1001, now))) passed += 1;
        expect(passed).toBeGreaterThan(6_000 * 0.85);
        expect(passed).toBeLessThan(6_000 * 1.15);
        expect(writes()).toBeLessThan(1_000);
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  test('is counted in the table', async () => {
    const limiter = rateLimiter(running.store, { RATE_LIMIT_ORGANIZATION: '20' }, () => 0);
    const windows = [];
    for (let request = 0; request < 3; request += 1) windows.push(await limiter.countOrganization(1002, now));
    expect(windows.map(({ used }) => used)).toEqual([10, 20, 30]);
    expect(windows.map(isExceeded)).toEqual([false, false, true]);
  });
});

describe("a switch's window", () => {
  const limit = 1_000;
  const environment = { RATE_LIMIT_SWITCH: String(limit) };

  test('never passes more than its limit, and all of it with one process, in few writes', async () => {
    const { store, writes } = countingStore();
    const limiter = rateLimiter(store, environment, always);
    let passed = 0;
    for (let request = 0; request < 1_500; request += 1)
      if (!isExceeded(await limiter.count('switch', 'ses_6', now))) passed += 1;
    expect(passed).toBe(limit);
    expect(writes()).toBe(10);
  });

  test('never passes more however requests are spread, and at most one block less for each other process', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { minLength: 1_000, maxLength: 1_200 }),
        fc.integer({ min: 1, max: limit }),
        async (spread, lower) => {
          const { store } = countingStore();
          const limiters = Array.from({ length: 5 }, () =>
            rateLimiter(store, { RATE_LIMIT_SWITCH: String(lower) }, always),
          );
          let passed = 0;
          for (const process of spread)
            if (!isExceeded(await limiters[process]!.count('switch', 'ses_7', now))) passed += 1;
          expect(passed).toBeLessThanOrEqual(lower);
          expect(passed).toBeGreaterThanOrEqual(Math.min(lower, spread.length) - 4 * 100);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('passes at least 98 % at its full size when eight processes share it evenly', async () => {
    const { store } = countingStore();
    const limiters = Array.from({ length: 8 }, () => rateLimiter(store, {}, always));
    let passed = 0;
    for (let request = 0; request < 70_000; request += 1)
      if (!isExceeded(await limiters[request % 8]!.count('switch', 'ses_8', now))) passed += 1;
    expect(passed).toBeLessThanOrEqual(60_000);
    expect(passed).toBeGreaterThanOrEqual(58_800);
  });

  test('is exact for concurrent requests in one process', async () => {
    const limiter = rateLimiter(running.store, { RATE_LIMIT_SWITCH: '150' }, always);
    const windows = await Promise.all(Array.from({ length: 400 }, () => limiter.count('switch', 'ses_9', now)));
    expect(windows.filter((window) => !isExceeded(window))).toHaveLength(150);
  });

  test('starts again with each minute', async () => {
    const limiter = rateLimiter(countingStore().store, { RATE_LIMIT_SWITCH: '1' }, always);
    const at = async (time: Date) => isExceeded(await limiter.count('switch', 'ses_10', time));
    expect([await at(now), await at(now), await at(new Date('2026-11-20T12:01:00Z'))]).toEqual([false, true, false]);
  });
});

test('a subject beyond its limit costs its process no further write in that minute', async () => {
  const { store, writes } = countingStore();
  const limiter = rateLimiter(store, { RATE_LIMIT_LOGIN: '3' }, always);
  const isPassed = async (at = now) => !isExceeded(await limiter.count('login', 'ip:192.0.2.9', at));
  const passed = [];
  for (let request = 0; request < 10; request += 1) passed.push(await isPassed());
  expect(passed).toEqual([true, true, true, ...Array.from({ length: 7 }, () => false)]);
  expect(writes()).toBe(4);
  expect(isExceeded(await limiter.count('login', 'ip:192.0.2.10', now))).toBe(false);
  await isPassed(new Date('2026-11-20T12:01:00Z'));
  expect(writes()).toBe(6);
});

test('a counter that cannot be written throws', async () => {
  const client = { send: () => Promise.reject(new Error('no store')) } as Sender;
  await expect(rateLimiter({ client, tableName: 'x' }, {}, always).count('login', 'ip:192.0.2.1', now)).rejects.toThrow(
    'no store',
  );
});
