import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { withTimerSlack } from './rtpengine.ts';

// Linux has it since 4.6; rtpengine runs nowhere else.
beforeEach(({ skip }) => {
  if (!existsSync('/proc/self/timerslack_ns')) skip('this kernel has no timer slack of processes');
});

/** Nanoseconds of a program that is started now. */
const slack = (): number => Number(execFileSync('cat', ['/proc/self/timerslack_ns'], { encoding: 'utf8' }));

test('a program gets the slack, and those after it that of this process', () => {
  const before = slack();
  expect([withTimerSlack(2_500, slack), slack()]).toEqual([2_500_000, before]);
});

test('a program that does not start leaves the slack as it was', () => {
  const before = slack();
  const start = () => {
    throw new Error('there is no such program');
  };
  expect(() => withTimerSlack(2_500, start)).toThrow('no such program');
  expect(slack()).toBe(before);
});
