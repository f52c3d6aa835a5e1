import { describe, expect, test } from 'vitest';
import { machines, responseEvent } from './machines.ts';
import { defaultTimers, timersOf } from './timers.ts';

describe.each(Object.entries(machines))('the machine %s', (_name, machine) => {
  const transitions = Object.entries(machine.states).flatMap(([state, events]) =>
    Object.entries(events).map(([event, transition]) => ({ state, event, ...transition })),
  );

  test('reaches only states that it has, and every state that it has', () => {
    const reached = new Set([machine.first, ...transitions].map(({ to }) => to as string));
    expect([...reached].sort()).toEqual([...Object.keys(machine.states), 'terminated'].sort());
  });

  test('starts only timers that the entered state handles', () => {
    const unhandled = [machine.first, ...transitions].flatMap(({ to, actions }) =>
      actions
        .filter((action) => /^(start|repeat) /.test(action))
        .map((action) => `timer ${action.split(' ')[1] ?? ''}`)
        .filter((timer) => !(timer in (machine.states[to] ?? {}))),
    );
    expect(unhandled).toEqual([]);
  });

  test('leaves every state in the end', () => {
    const closing = transitions.filter(({ to, state }) => to !== state).map(({ state }) => state);
    expect(Object.keys(machine.states).filter((state) => !closing.includes(state))).toEqual([]);
  });
});

test('responses are classified by their status', () => {
  expect([100, 199, 200, 299, 300, 699].map(responseEvent)).toEqual(['1xx', '1xx', '2xx', '2xx', '3xx-6xx', '3xx-6xx']);
});

test('the timers have the durations of RFC 3261 §17, table 4, with T1 500 ms, T2 4 s and T4 5 s', () => {
  const { durations } = defaultTimers;
  const seconds = Object.fromEntries(
    Object.entries(durations).map(([name, { unreliable, reliable }]) => [name, [unreliable / 1_000, reliable]]),
  );
  expect(seconds).toEqual({
    A: [0.5, null],
    B: [32, 32_000],
    D: [32, 0],
    E: [0.5, null],
    F: [32, 32_000],
    G: [0.5, null],
    H: [32, 32_000],
    I: [5, 0],
    J: [32, 0],
    K: [5, 0],
    L: [32, 32_000],
    M: [32, 32_000],
    first: [4, 4_000],
    silence: [4, 4_000],
    cancelled: [32, 32_000],
    trying: [0.2, 200],
    lifetime: [32, 32_000],
  });
  expect([durations.E.max, durations.G.max]).toEqual([4_000, 4_000]);
});

test('all timers but the one before a 100 follow T1', () => {
  const { E, F, K, first, trying } = timersOf(50).durations;
  expect([E.unreliable, E.max, F.unreliable, K.unreliable, first.unreliable, trying.unreliable]).toEqual([
    50, 400, 3_200, 500, 400, 200,
  ]);
});
