import { useSyncExternalStore } from 'react';
import { dayAt } from './days.ts';
import { shownZone } from './format.ts';

/** Milliseconds between two looks at the clock. A machine that sleeps ends no timer in time. */
const interval = 60_000;

function follow(change: () => void): () => void {
  const timer = setInterval(change, interval);
  document.addEventListener('visibilitychange', change);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', change);
  };
}

/**
 * The day, as `kit/days.ts` has it. A page that shows days until today follows it: after midnight, and when a tab that
 * was hidden is shown again. @param zone IANA. Default: that of the organization
 */
export const useToday = (zone = shownZone()): string => useSyncExternalStore(follow, () => dayAt(Date.now(), zone));
