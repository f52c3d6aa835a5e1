import type { Failure } from '../call/hunt.ts';
import type { ApplicationHost } from '../routing/application.ts';

/** What becomes of the search of an application for a party. */
export type DialResult = Awaited<ReturnType<ApplicationHost['dial']>>;

const busyStatuses: ReadonlySet<number> = new Set([486, 600]);
const silentStatuses: ReadonlySet<number> = new Set([408, 480, 487]);

/** What a flow hears of the search for a party. */
export function dialResultOf({ status }: Failure): DialResult {
  if (status === 200) return 'answered';
  if (busyStatuses.has(status)) return 'busy';
  return silentStatuses.has(status) ? 'no_answer' : 'unreachable';
}

/** What a search is heard to be after a further part of it: one that is denied says nothing of the phones that rang. */
export const resultOf = (before: DialResult, next: DialResult): DialResult =>
  before !== 'unreachable' && (next === 'denied' || next === 'unreachable') ? before : next;
