import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { lineRow } from './line.ts';
import { tableFor } from './table.ts';
import { attemptInTurn, isAwaited, type LineContext } from './waiting-line.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const running = testStore();

/** Each test has an organization of its own. A pause lets time pass. */
let last = 8_000;
function newLine() {
  last += 1;
  const of = { organization: last, entity: 'planhead' } as const;
  const clock = manualClock();
  const context: LineContext = {
    ...testDependencies(running.store, { clock }),
    wait: async (time) => {
      clock.advance(time / 1_000);
      await nextTurn();
    },
  };
  const now = () => clock.now().getTime();
  const begin = now();
  const enter = <Result>(attempt: () => Promise<Result | undefined>, by = context) =>
    attemptInTurn(by, of, attempt, begin + 20_000);
  const line = () => tableFor<'planhead'>(running.store, of.organization).get(lineRow('planhead'), {});
  return {
    enter,
    context,
    clock,
    elapsed: () => now() - begin,
    tickets: async () => Object.keys((await line()) ?? {}),
    awaited: async () => isAwaited(await line(), now()),
  };
}

const never = () => new Promise<undefined>(() => undefined);

describe('a request in a line', () => {
  test('comes to its turn after those before it, one at a time', async () => {
    const { enter, tickets } = newLine();
    const first = Promise.withResolvers<unknown>();
    const order: string[] = [];
    const names = ['a', 'b', 'c', 'd'];
    const requests: Promise<string>[] = [];
    for (const name of names) {
      const request = enter(async () => {
        order.push(`${name} begins`);
        await first.promise;
        order.push(`${name} ends`);
        return name;
      });
      requests.push(request);
      await eventually(async () => (await tickets()).length === requests.length, 5_000);
    }
    first.resolve('go');
    expect(await Promise.all(requests)).toEqual(names);
    expect(order).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(await tickets()).toEqual([]);
  });

  test('tries again in its turn while others are faster', async () => {
    const { enter } = newLine();
    let attempts = 0;
    const done = await enter(async () => {
      attempts += 1;
      return attempts < 5 ? undefined : 'done';
    });
    expect([done, attempts]).toEqual(['done', 5]);
  });

  test('leaves the line when it fails', async () => {
    const { enter, tickets } = newLine();
    await expect(enter(() => Promise.reject(new Error('invalid')))).rejects.toThrow('invalid');
    expect(await tickets()).toEqual([]);
  });

  test('leaves the line when its time is over, and the next one does not wait for it', async () => {
    const { enter, clock, elapsed, tickets } = newLine();
    const slow = enter(async () => {
      clock.advance(7);
      return undefined;
    });
    await expect(slow).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([elapsed(), await tickets()]).toEqual([21_000, []]);
  });

  test('keeps its place, however long it waits', async () => {
    const { enter, clock, awaited } = newLine();
    const first = Promise.withResolvers<string>();
    const order: string[] = [];
    const holder = enter(() => first.promise);
    await eventually(awaited, 5_000);
    const waiting = enter(async () => order.push('waiting'));
    clock.advance(1.5);
    await nextTurn();
    const late = enter(async () => order.push('late'));
    first.resolve('done');
    await Promise.all([holder, waiting, late]);
    expect(order).toEqual(['waiting', 'late']);
  });

  test('passes all dead ones together, two seconds after the last of them was alive', async () => {
    const { enter, context, elapsed, awaited, tickets } = newLine();
    const dead = { ...context, wait: never };
    for (let died = 0; died < 30; died += 1) void enter(never, dead);
    await eventually(async () => (await tickets()).length === 30, 5_000);
    expect(await enter(async () => 'next')).toBe('next');
    expect(elapsed()).toBeGreaterThanOrEqual(2_000);
    expect(elapsed()).toBeLessThan(3_000);
    expect([await awaited(), await tickets()]).toEqual([false, []]);
  });

  test('is not delayed by tickets of the dead that expired before it came', async () => {
    const { enter, context, clock, elapsed, awaited } = newLine();
    void enter(never, { ...context, wait: never });
    await eventually(awaited, 5_000);
    clock.advance(3);
    expect(await enter(async () => 'next')).toBe('next');
    expect(elapsed()).toBe(3_000);
  });
});
