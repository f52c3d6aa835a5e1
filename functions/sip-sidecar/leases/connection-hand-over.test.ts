import { expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { ConnectionHandOver } from './connection-hand-over.ts';

/** A task without calls and connections, unless the test says otherwise. */
function handOver() {
  const state = { newer: undefined as string | undefined, isLeft: false, size: 0, immovable: 0, inCalls: 0, now: 0 };
  let closings = 0;
  const it = new ConnectionHandOver({
    newer: () => state.newer,
    isLeft: () => state.isLeft,
    calls: state,
    offers: state,
    connections: { inCalls: () => state.inCalls, closeIdle: () => void (closings += 1) },
    now: () => state.now,
  });
  return { it, state, closings: () => closings };
}

test('a task closes idle connections while it takes no new work, whatever the reason', () => {
  const { it, state, closings } = handOver();
  it.refresh();
  expect(closings()).toBe(0);
  state.isLeft = true;
  it.refresh();
  expect(closings()).toBe(1);
});

test('calls that cannot move need a task, and so do those of others that use its connections', () => {
  const { it, state } = handOver();
  Object.assign(state, { size: 3 });
  expect(it.needed).toBe(0);
  Object.assign(state, { immovable: 1 });
  expect(it.needed).toBe(1);
  Object.assign(state, { immovable: 0, inCalls: 2 });
  expect(it.needed).toBe(2);
});

test('calls of others need a task for an hour after it left its work, its own for any time', () => {
  const { it, state } = handOver();
  Object.assign(state, { newer: '8', inCalls: 1 });
  it.refresh();
  state.now = 60 * minute - 1;
  expect(it.needed).toBe(1);
  state.now = 60 * minute;
  expect(it.needed).toBe(0);
  state.size = 1;
  expect(it.needed).toBe(1);
});

test('a task that works again begins anew', () => {
  const { it, state } = handOver();
  Object.assign(state, { newer: '8', inCalls: 1 });
  it.refresh();
  Object.assign(state, { newer: undefined, now: 60 * minute });
  it.refresh();
  state.newer = '9';
  it.refresh();
  expect(it.needed).toBe(1);
});
