import type { CallCommand, DurationLimit } from './call-state.ts';
import { second } from '#schema/time.ts';

/** A reservation is renewed so long before it ends, in seconds, or at half of its time. */
const renewalMargin = 30;

/** The timers of a limit. @param passed seconds since the answer */
export function limitTimers({ seconds, isReserved }: DurationLimit, passed: number): CallCommand<never>[] {
  if (seconds === null) return [];
  const left = Math.max(0, seconds - passed);
  const renewal = left - Math.min(renewalMargin, left / 2);
  return [
    { type: 'set timer', timer: 'limit', milliseconds: left * second },
    ...(isReserved ? [{ type: 'set timer' as const, timer: 'renewal' as const, milliseconds: renewal * second }] : []),
  ];
}
