import { expect, test } from 'vitest';
import type { Machine } from './machines.ts';
import { Run } from './run.ts';
import { defaultTimers } from './timers.ts';
import { fakeTimers } from './timers.fixture.ts';

/** Timer E doubles from 0.5 s to 4 s; over a reliable transport it does not run, and timer K takes no time. */
const machine: Machine = {
  first: { to: 'trying', actions: ['send', 'start E'] },
  states: {
    trying: {
      'timer E': { to: 'trying', actions: ['send', 'repeat E'] },
      '1xx': { to: 'proceeding', actions: ['pass'] },
      '2xx': { to: 'completed', actions: ['pass', 'start K'] },
    },
    proceeding: {},
    completed: { 'timer K': { to: 'terminated', actions: [] } },
  },
};

function started(reliable = false) {
  const clock = fakeTimers();
  const effects: string[] = [];
  const run = new Run<string>(
    machine,
    {
      perform: (action, message) => void effects.push(`${clock.now()} ${action} ${message ?? ''}`.trim()),
      ended: () => void effects.push('ended'),
    },
    { reliable, setTimer: clock.setTimer, timers: defaultTimers },
  );
  run.begin();
  return { run, clock, effects };
}

test('a repeated timer doubles up to its limit', () => {
  const { clock, effects } = started();
  clock.advance(12_000);
  expect(effects).toEqual(['0 send', '500 send', '1500 send', '3500 send', '7500 send', '11500 send']);
});

test('entering a state cancels the timers that it does not handle', () => {
  const { run, clock, effects } = started();
  run.on('1xx', 'ringing');
  clock.advance(60_000);
  expect([effects, run.state, clock.pending()]).toEqual([['0 send', '0 pass ringing'], 'proceeding', 0]);
});

test('an event that the state does not name is ignored', () => {
  const { run, effects } = started();
  run.on('ack');
  expect([run.state, effects]).toEqual(['trying', ['0 send']]);
});

test('a timer of no duration fires at once, and a timer that does not run never', () => {
  const { run, clock, effects } = started(true);
  expect(clock.pending()).toBe(0);
  run.on('2xx', 'ok');
  expect([effects, run.state]).toEqual([['0 send', '0 pass ok', 'ended'], 'terminated']);
});

test('an abandoned run has no effects any more', () => {
  const { run, clock, effects } = started();
  run.abandon();
  run.on('2xx');
  clock.advance(60_000);
  expect([effects, run.state]).toEqual([['0 send'], 'terminated']);
});
