import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SetUpQueue, type SetUpTurn } from './set-up-queue.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const newQueue = () => new SetUpQueue(() => Date.now());

/** Takes so many turns for a source. @returns those turns, and what became of each so far */
function take(queue: SetUpQueue, count: number, source = 'one') {
  const outcomes: (boolean | undefined)[] = Array(count).fill(undefined);
  const turns = outcomes.map((_, at): SetUpTurn => {
    const turn = queue.arrive();
    void turn.take(source).then((mayBegin) => (outcomes[at] = mayBegin));
    return turn;
  });
  return { turns, outcomes };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

test('48 calls are set up at a time, and the next one when one of them is done', async () => {
  const queue = newQueue();
  const { turns, outcomes } = take(queue, 50);
  await settle();
  expect(outcomes).toEqual([...Array<boolean>(48).fill(true), undefined, undefined]);
  turns[0]?.end();
  turns[0]?.end();
  await settle();
  expect(outcomes.slice(48)).toEqual([true, undefined]);
});

test('one that has waited for two seconds is rejected, also if none is done', async () => {
  const queue = newQueue();
  const { turns } = take(queue, 48);
  const early = take(queue, 1);
  await vi.advanceTimersByTimeAsync(1_000);
  const late = take(queue, 1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([...early.outcomes, ...late.outcomes]).toEqual([false, undefined]);
  turns[0]?.end();
  await settle();
  expect(late.outcomes).toEqual([true]);
});

test('a turn that was rejected gives no place back', async () => {
  const queue = newQueue();
  take(queue, 48);
  const { turns, outcomes } = take(queue, 2);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(outcomes).toEqual([false, false]);
  for (const turn of turns) turn.end();
  const next = take(queue, 1);
  await settle();
  expect(next.outcomes).toEqual([undefined]);
});

test('sources take turns: one that sends many does not keep another one waiting', async () => {
  const queue = newQueue();
  const { turns } = take(queue, 48);
  await settle();
  const flood = take(queue, 80, 'flood');
  const other = take(queue, 2, 'other');
  for (const turn of turns.slice(0, 4)) turn.end();
  await settle();
  expect([flood.outcomes.filter((each) => each).length, other.outcomes]).toEqual([2, [true, true]]);
});

test('400 INVITEs of one source wait at most', async () => {
  const queue = newQueue();
  take(queue, 48);
  const { outcomes } = take(queue, 401);
  const other = take(queue, 1, 'other');
  await settle();
  expect([outcomes.filter((each) => each === false).length, outcomes.at(-1), other.outcomes]).toEqual([
    1,
    false,
    [undefined],
  ]);
});
