import { setTimeout as pause } from 'node:timers/promises';
import { second } from '#schema/time.ts';
import type { Calls } from '../running/calls.ts';
import { causeNamed } from '../call/causes.ts';

/** Interval at which a task that stops looks whether its calls are over, and time for their CDRs, in milliseconds. */
const checkInterval = 50;
const endTime = 10 * second;
/** Milliseconds that calls which may move have at least. */
const moveTime = 15 * second;

/**
 * Waits until the calls of a task are over or moved, and then ends those that are left.
 * @param milliseconds at most until then
 * @param moveIdle moves those that another task can go on with, and returns how many may move soon
 */
export async function endCalls(calls: Calls, milliseconds: number, moveIdle: () => Promise<number>): Promise<void> {
  const began = Date.now();
  const isOver = (time: number): boolean => calls.size === 0 || Date.now() - began >= time;
  for (;;) {
    const time = (await moveIdle()) > 0 ? Math.max(milliseconds, moveTime) : milliseconds;
    if (isOver(time)) break;
    await pause(checkInterval);
  }
  for (const call of calls.all()) call.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
  for (const last = Date.now() + endTime; calls.size > 0 && Date.now() < last;) await pause(checkInterval);
}
