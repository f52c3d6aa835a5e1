import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { maxInFlight } from '#schema/webhook/delivery-leases.ts';
import { subscription, type Subscription } from './deliveries.fixture.ts';
import { returnAttempts, takeAttempts } from './receiver-steps.ts';

const running = testStore();

const eventsOf = (of: Subscription, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => of.record()));

describe('in the queue for quick receivers', () => {
  test('attempts to one receiver are made one after the other', async () => {
    let [now, most] = [0, 0];
    const of = await subscription(running.store, async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      return {};
    });
    const ids = await eventsOf(of, 4);
    await of.deliver(ids.map((id) => of.first(id, { queue: 'webhook-deliver' })));
    expect([of.sent.length, most]).toEqual([4, 1]);
  });

  test('those after a slow answer go to the other queue, and so do all later ones', async () => {
    const of = await subscription(running.store, () => ({ duration_ms: 2_000 }));
    const ids = await eventsOf(of, 3);
    const messages = ids.map((id) => of.first(id, { queue: 'webhook-deliver' }));
    await of.deliver(messages);
    expect(of.sent).toHaveLength(1);
    expect(await of.stored()).toMatchObject({ pace: { quick: false, slow_at: of.clock.now().toISOString() } });
    expect(of.queues.sent.map(({ queue }) => queue)).toEqual(['webhook-retry', 'webhook-retry']);
    of.takeSent();
    await of.deliver(messages.slice(1));
    expect([of.sent.length, of.takeSent().length]).toEqual([1, 2]);
  });

  test('those that would begin after six seconds go to the other queue', async () => {
    const of = await subscription(running.store, () => {
      of.clock.advance(7);
      return { duration_ms: 10 };
    });
    const ids = await eventsOf(of, 2);
    await of.deliver(ids.map((id) => of.first(id, { queue: 'webhook-deliver' })));
    expect([of.sent.length, of.takeSent().length]).toEqual([1, 1]);
  });
});

describe('in the queue for others', () => {
  /** A receiver that does not answer before `release`. */
  async function heldReceiver(more = {}) {
    const held = Promise.withResolvers<object>();
    const began = Promise.withResolvers<undefined>();
    const of = await subscription(
      running.store,
      () => {
        if (of.sent.length === maxInFlight) began.resolve(undefined);
        return held.promise;
      },
      more,
    );
    return { of, release: () => held.resolve({ duration_ms: 9_000 }), full: began.promise };
  }

  test('at most six are in flight to a receiver, over all workers; others wait, longer each time', async () => {
    const { of, release, full } = await heldReceiver();
    const ids = await eventsOf(of, 8);
    const first = of.deliver(ids.slice(0, 6).map((id) => of.first(id)));
    await full;
    await of.deliver(ids.slice(6, 7).map((id) => of.first(id)));
    await of.deliver(ids.slice(7).map((id) => of.first(id, { deferred: 4 })));
    expect(of.sent).toHaveLength(6);
    expect(of.takeSent().map(({ body, delay }) => [body, delay])).toEqual([
      [expect.objectContaining({ event_id: ids[6], deferred: 1 }), 5],
      [expect.objectContaining({ event_id: ids[7], deferred: 5 }), 70],
    ]);
    release();
    await first;
    await of.deliver(ids.slice(6).map((id) => of.first(id)));
    expect(of.sent).toHaveLength(8);
  });

  test('an attempt that finds none free at a receiver that fails has failed, too', async () => {
    const { of, release, full } = await heldReceiver({
      health: { failing_since: '2026-11-20T11:00:00.000Z', failures: 3, last_success_at: null, last_failure_at: null },
    });
    const ids = await eventsOf(of, 7);
    const first = of.deliver(ids.slice(0, 6).map((id) => of.first(id)));
    await full;
    await of.deliver([of.first(ids[6]!)]);
    expect(await of.delivery(ids[6]!)).toMatchObject({ status: 'pending', attempt: 1, error: 'OVERLOADED' });
    release();
    await first;
  });

  test('an attempt that waited for a day has failed for good', async () => {
    const { of, release, full } = await heldReceiver();
    const ids = await eventsOf(of, 7);
    const first = of.deliver(ids.slice(0, 6).map((id) => of.first(id)));
    await full;
    await of.deliver([of.first(ids[6]!, { since: '2026-11-19T12:00:00.000Z' })]);
    expect(await of.delivery(ids[6]!)).toMatchObject({ status: 'failed', error: 'TOO_LATE' });
    release();
    await first;
  });

  test('a receiver that answers within a second is quick from then on', async () => {
    const of = await subscription(running.store, () => ({ duration_ms: 999 }), {
      pace: { quick: false, slow_at: null },
    });
    await of.deliver([of.first(await of.record())]);
    expect(await of.stored()).toMatchObject({ pace: { quick: true } });
  });

  test('a slow receiver holds up no other one', async () => {
    const { of: slow, release } = await heldReceiver();
    const other = await subscription(running.store);
    const [mine, theirs] = [slow.first(await slow.record()), other.first(await other.record())];
    // Each has its own receiver here, so that each needs its own handler.
    const waiting = slow.deliver([mine]);
    await other.deliver([theirs]);
    expect(other.sent).toHaveLength(1);
    release();
    await waiting;
  });
});

test('workers that take leases at the same time get six attempts together', async () => {
  const { organization, context } = await subscription(running.store);
  const receiver = { organization, receiver: 'wh_1' };
  const leases = await Promise.all([4, 4, 4].map((wanted) => takeAttempts(receiver, wanted, context)));
  expect(leases.map(({ attempts }) => attempts).toSorted()).toEqual([0, 2, 4]);
  const other = await takeAttempts({ ...receiver, receiver: 'wh_2' }, 3, context);
  expect(other.attempts).toBe(3);
});

test('a lease is free when it is returned, or after forty seconds', async () => {
  const { organization, context, clock } = await subscription(running.store);
  const receiver = { organization, receiver: 'wh_1' };
  const [first, second] = [await takeAttempts(receiver, 5, context), await takeAttempts(receiver, 5, context)];
  expect([first.attempts, second.attempts]).toEqual([5, 1]);
  await returnAttempts(receiver, first, context);
  expect((await takeAttempts(receiver, 6, context)).attempts).toBe(5);
  clock.advance(39);
  expect((await takeAttempts(receiver, 6, context)).attempts).toBe(0);
  clock.advance(1);
  expect((await takeAttempts(receiver, 6, context)).attempts).toBe(6);
});
