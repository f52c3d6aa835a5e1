import type { Store } from '../../dynamodb/client.ts';
import {
  addToWindow,
  limitOf,
  minuteOf,
  RateLimited,
  type Environment,
  type Window,
} from '../../limits/rate-limits.ts';

/** 401s of an address in the current minute (shared/http/README.md, "Rates"). */
export type Rejections = {
  /**
   * Costs no store call: looks at what this process knows.
   * @throws RateLimited when the address has used up its 401s
   */
  readonly assertAllowed: (ip: string, now: Date) => void;
  /**
   * Counts a 401, also for other processes. Without a counter in the store this process counts alone.
   * @throws RateLimited when the address had used up its 401s before
   */
  readonly count: (ip: string, now: Date) => Promise<void>;
};

export function rejections(store: Store, environment: Environment): Rejections {
  const add = addToWindow(store);
  const limit = limitOf(environment, 'RATE_LIMIT_REJECTED');
  let current = { minute: 0, used: new Map<string, number>() };
  const usedIn = (minute: number): Map<string, number> => {
    if (current.minute !== minute) current = { minute, used: new Map() };
    return current.used;
  };
  const windowAt = (now: Date): Window => ({ limit, used: limit, reset: minuteOf(now).reset });
  const exceeded = (now: Date) => new RateLimited(windowAt(now), now, 'requests without a valid credential');
  return {
    assertAllowed: (ip, now) => {
      if ((usedIn(minuteOf(now).minute).get(ip) ?? 0) >= limit) throw exceeded(now);
    },
    count: async (ip, now) => {
      const { minute } = minuteOf(now);
      const own = (usedIn(minute).get(ip) ?? 0) + 1;
      usedIn(minute).set(ip, own);
      const total = await add(`rejected/${ip}`, minute, 1).catch(() => own);
      const used = usedIn(minute);
      used.set(ip, Math.max(used.get(ip) ?? 0, total));
      if (total > limit) throw exceeded(now);
    },
  };
}
