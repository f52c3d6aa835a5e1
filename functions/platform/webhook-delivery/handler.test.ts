import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import type { Message } from '#queue/queues.ts';
import { redeliveryMessage, type RedeliveryMessage } from './contract.ts';
import { subscription, type Subscription } from './deliveries.fixture.ts';

const running = testStore();

const messageOf = ({ organization, webhook }: Subscription, more: Partial<RedeliveryMessage> = {}): Message =>
  redeliveryMessage({
    org_id: organization,
    webhook_id: webhook.id,
    series: 'redelivery_1',
    event_ids: null,
    since: '2026-11-20T00:00:00.000Z',
    until: '2026-11-21T00:00:00.000Z',
    status: 'failed',
    after: null,
    ...more,
  });

/** A webhook with a failed and a delivered event. */
async function withHistory(events = 1) {
  let status = 410;
  const of = await subscription(running.store, () => ({ status }), {});
  const failed = await Promise.all(Array.from({ length: events }, () => of.record()));
  for (const id of failed) {
    await of.deliver([of.first(id)]);
    // A 410 disables the webhook.
    await of.enable();
  }
  status = 200;
  const delivered = await of.record();
  await of.deliver([of.first(delivered)]);
  of.sent.length = 0;
  return { of, failed, delivered };
}

test('the failed deliveries of a range are made again, with the same ids', async () => {
  const { of, failed } = await withHistory();
  await of.deliver([messageOf(of)]);
  await of.deliver(of.takeSent());
  expect(of.sent.map(({ headers }) => headers['webhook-id'])).toEqual(failed);
  expect(await of.delivery(failed[0]!)).toMatchObject({ status: 'delivered', attempt: 1, series: 'redelivery_1' });
});

test('all deliveries of a range are made again, if the client wants so', async () => {
  const { of, failed, delivered } = await withHistory();
  await of.deliver([messageOf(of, { status: 'all' })]);
  await of.deliver(of.takeSent());
  expect(of.sent.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual([...failed, delivered].toSorted());
});

test('chosen events are delivered, also one that the webhook did not get before', async () => {
  const { of, delivered } = await withHistory();
  const fresh = await of.record();
  const range = { since: null, until: null, status: 'all' } as const;
  await of.deliver([messageOf(of, { ...range, event_ids: [delivered, fresh, 'evt_none'] })]);
  await of.deliver(of.takeSent());
  expect(of.sent.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual([delivered, fresh].toSorted());
});

test('a redelivery that comes twice makes each attempt once', async () => {
  const { of } = await withHistory();
  await of.deliver([messageOf(of)]);
  const first = of.takeSent();
  await of.deliver([messageOf(of)], 2);
  const second = of.takeSent();
  expect([first.length, second.length]).toEqual([1, 1]);
  await of.deliver(first);
  await of.deliver(second);
  await of.deliver([messageOf(of)], 3);
  expect([of.sent.length, of.takeSent()]).toEqual([1, []]);
});

test('a redelivery that comes again after its attempts begins none of them again', async () => {
  const { of } = await withHistory();
  await of.deliver([messageOf(of, { status: 'all' })]);
  await of.deliver(of.takeSent());
  await of.deliver([messageOf(of, { status: 'all' })], 2);
  expect([of.sent.length, of.takeSent()]).toEqual([2, []]);
});

test('a retry of the former series is no attempt of the new one', async () => {
  const { of, failed } = await withHistory();
  await of.deliver([messageOf(of)]);
  of.takeSent();
  await of.deliver([of.first(failed[0]!, { attempt: 1 })]);
  expect(of.sent).toEqual([]);
});

test('a long range is worked off in slices', async () => {
  const { of, failed } = await withHistory(51);
  await of.deliver([messageOf(of)]);
  const slice = of.takeSent();
  const [next, ...attempts] = slice.toReversed();
  expect([attempts.length, next?.body]).toEqual([50, expect.objectContaining({ schema: 'webhook-redelivery.v1' })]);
  await of.deliver([next!]);
  expect(of.takeSent()).toHaveLength(1);
  expect(failed).toHaveLength(51);
});
