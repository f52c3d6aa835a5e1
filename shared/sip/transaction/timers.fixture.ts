import type { SetTimer } from './run.ts';

type Waiting = { readonly at: number; readonly fire: () => void };

/** A clock that only `advance` moves, in milliseconds. */
export function fakeTimers() {
  let time = 0;
  let waiting: Waiting[] = [];
  const setTimer: SetTimer = (milliseconds, fire) => {
    const timer = { at: time + milliseconds, fire };
    waiting.push(timer);
    return () => void (waiting = waiting.filter((each) => each !== timer));
  };
  const next = (until: number): Waiting | undefined =>
    waiting.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
  const advance = (milliseconds: number): void => {
    const until = time + milliseconds;
    for (let timer = next(until); timer !== undefined; timer = next(until)) {
      const due = timer;
      waiting = waiting.filter((each) => each !== due);
      time = due.at;
      due.fire();
    }
    time = until;
  };
  return { setTimer, advance, now: () => time, pending: () => waiting.length };
}
