import { manualClock } from '../../test/support/dependencies.fixture.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';
import { attemptInTurn, hasLine, type LineContext } from './waiting-line.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

/** Each test has an organization of its own. A pause lets time pass. */
let last = 8_000;
function newLine() {
  const clock = manualClock();
  last += 1;
  const line: LineContext = {
    store: running.store,
    organization: last,
    entity: 'planhead',
    now: () => clock.now().getTime(),
    wait: async (time) => clock.advance(time / 1_000),
  };
  const deadline = line.now() + 20_000;
  return { line, deadline, attempt: (name: string) => attemptInTurn(line, deadline, async () => name), clock };
}

describe('a request in a line', () => {
  test('comes to its turn after those before it, one at a time', async () => {
    const { line, deadline } = newLine();
    const order: string[] = [];
    const enter = (name: string) =>
      attemptInTurn(line, deadline, async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all(['one', 'two', 'three'].map(enter))).toHaveLength(3);
    expect(order.map((entry) => entry.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends']);
    expect(await hasLine(line)).toBe(false);
  });

  test('tries again in its turn while others are faster', async () => {
    const { line, deadline } = newLine();
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      return attempts < 5 ? undefined : 'done';
    };
    expect([await attemptInTurn(line, deadline, attempt), attempts]).toEqual(['done', 5]);
  });

  test('ends its turn when it fails', async () => {
    const { line, deadline, attempt } = newLine();
    const failure = attemptInTurn(line, deadline, () => Promise.reject(new Error('invalid')));
    await expect(failure).rejects.toThrow('invalid');
    expect([await hasLine(line), await attempt('next')]).toEqual([false, 'next']);
  });

  test('passes one that died after a second', async () => {
    const { line, deadline, attempt, clock } = newLine();
    void attemptInTurn({ ...line, wait: () => new Promise(() => undefined) }, deadline, () => new Promise(() => null));
    await expect.poll(() => hasLine(line)).toBe(true);
    const before = clock.now().getTime();
    expect(await attempt('next')).toBe('next');
    expect(clock.now().getTime() - before).toBeGreaterThan(1_000);
    expect(clock.now().getTime() - before).toBeLessThan(2_000);
  });

  test('is rejected after its deadline, to be repeated', async () => {
    const { line, deadline, clock } = newLine();
    const attempt = async () => {
      clock.advance(7);
      return undefined;
    };
    await expect(attemptInTurn(line, deadline, attempt)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(clock.now().getTime() - deadline).toBe(1_000);
  });
});
