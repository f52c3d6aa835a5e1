import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { webhookDeliveryRow, webhookRow } from '#dynamodb/rows/webhook.ts';
import { create, remove } from '#dynamodb/write.ts';
import type { Message } from '#queue/queues.ts';
import { builtInWebhook, defaultWebhook } from '#schema/webhook/webhook.ts';
import { attempt, type DeliveryContext, disabledNotice } from './attempt-steps.ts';
import { attemptMessage, type AttemptMessage } from './contract.ts';
import { type Answer, subscription, type Subscription, testSecret } from './deliveries.fixture.ts';

const running = testStore();

const subscribed = (answer?: () => Answer, more = {}) => subscription(running.store, answer, more);

/** The message of a pointer that is due, as the sweeper makes it. */
const dueMessage = (organization: number, subject: string, since: string): Message => {
  const [webhook_id = '', event_id = '', series = '', attempt = ''] = subject.split('/');
  const retry = { webhook_id, event_id, series, attempt: Number(attempt), since, deferred: 0 };
  return attemptMessage({ queue: 'webhook-retry', org_id: organization, ...retry });
};

/** Waits until the next attempt is due, and makes it. @returns seconds that it waited */
async function nextAttempt(of: Subscription, eventId: string): Promise<number> {
  const { next_attempt_at: at } = (await of.delivery(eventId))!;
  const wait = (Date.parse(at ?? '') - of.clock.now().getTime()) / 1_000;
  const pointer = (await of.pointers()).find(({ at: due }) => due === at);
  const messages = pointer === undefined ? of.takeSent() : [dueMessage(of.organization, pointer.subject, pointer.at)];
  expect(messages).toHaveLength(1);
  of.clock.advance(wait);
  await of.deliver(messages);
  return wait;
}

describe('outcomes at the same time', () => {
  /** A store that counts transactions. */
  function countedStore() {
    const transactions: TransactWriteItemsCommand[] = [];
    const { client, tableName } = running.store;
    const send = ((command: Parameters<typeof client.send>[0]) => {
      if (command instanceof TransactWriteItemsCommand) transactions.push(command);
      return client.send(command);
    }) as typeof client.send;
    return { transactions, store: { client: { send }, tableName } };
  }

  test.each([
    ['webhook-deliver', 3],
    // Leases are taken and returned, too.
    ['webhook-retry', 9],
  ] as const)('of nine receivers are stored in few transactions (%s)', async (queue, most) => {
    const { transactions, store } = countedStore();
    const of = await subscription(store, () => ({ status: 204 }));
    const ids = await of.addWebhooks(9);
    const id = await of.record();
    transactions.length = 0;
    expect(await of.deliver(ids.map((webhook_id) => of.first(id, { webhook_id, queue })))).toEqual([]);
    expect(transactions.length).toBeLessThanOrEqual(most);
    const stored = await Promise.all(ids.map((webhook) => of.delivery(id, webhook)));
    expect(stored.map((delivery) => [delivery?.status, delivery?.attempt])).toEqual(ids.map(() => ['delivered', 1]));
  });

  test('are stored each by itself: a webhook that was deleted does not undo the others', async () => {
    let gone = '';
    const of = await subscription(running.store, async () => {
      if (gone !== '') await commit(running.store, of.organization, [remove(webhookRow, { id: gone })]);
      return { status: 204 };
    });
    const ids = await of.addWebhooks(6);
    gone = ids[2] ?? '';
    const id = await of.record();
    expect(await of.deliver(ids.map((webhook_id) => of.first(id, { webhook_id })))).toEqual([]);
    const stored = await Promise.all(ids.map((webhook) => of.delivery(id, webhook)));
    expect(stored.map((delivery) => delivery?.status)).toEqual(
      ids.map((each) => (each === gone ? undefined : 'delivered')),
    );
  });

  test('that failed are each followed by one message', async () => {
    const of = await subscription(running.store, () => 'CONNECT_FAILED');
    const ids = await of.addWebhooks(9);
    const id = await of.record();
    await of.deliver(ids.map((webhook_id) => of.first(id, { webhook_id })));
    const next = of.takeSent().map(({ body }) => (body as { webhook_id: string }).webhook_id);
    expect(next.toSorted()).toEqual(ids.toSorted());
  });
});

test('an attempt posts the event, signed, and is stored with its answer', async () => {
  const of = await subscribed(() => ({ status: 204, excerpt: 'thanks', duration_ms: 40 }));
  const id = await of.record({ fields: { note: 'x' } });
  expect(await of.deliver([of.first(id)])).toEqual([]);
  const [request] = of.sent;
  expect(request).toMatchObject({ method: 'POST', url: 'https://example.com/hook', timeout: 10_000, maxBytes: 1_024 });
  expect(JSON.parse(request?.body ?? '')).toEqual({
    id,
    type: 'trunk.created',
    at: '2026-11-20T12:00:00.000Z',
    org_id: `org_${of.organization}`,
    entity: { type: 'trunk', id: 'trunk_1' },
    data: {
      note: 'x',
      description: 'made',
      severity: 'info',
      actor: { id: 'system', type: 'system', name: 'system' },
      changes: null,
    },
  });
  const { headers = {}, body = '' } = request ?? {};
  const now = { 'webhook-timestamp': '1795176000' };
  expect(headers).toMatchObject({ 'webhook-id': id, ...now, 'content-type': 'application/json' });
  // The package compares the time with its own clock, so only the signature is compared.
  const signed = new Verifier(testSecret).sign(id, of.clock.now(), body);
  expect(headers['webhook-signature']).toBe(signed);
  expect(await of.delivery(id)).toMatchObject({
    id: id.replace('evt_', 'dlv_'),
    status: 'delivered',
    attempt: 1,
    response_status: 204,
    response_excerpt: 'thanks',
    duration_ms: 40,
    error: null,
    next_attempt_at: null,
  });
  expect(of.takeSent()).toEqual([]);
});

test('a failed attempt is repeated eleven times in 24 hours with the same id, then the delivery fails', async () => {
  const of = await subscribed(() => ({ status: 500 }));
  const id = await of.record();
  await of.deliver([of.first(id)]);
  const waits: number[] = [];
  while ((await of.delivery(id))?.status === 'pending') waits.push(await nextAttempt(of, id));
  const minutes = [2, 5, 15, 30, 60, 120, 240, 480, 480].map((each) => each * 60);
  expect(waits).toEqual([5, 30, ...minutes]);
  expect(await of.delivery(id)).toMatchObject({ status: 'failed', attempt: 12, error: 'HTTP_ERROR' });
  expect(of.sent.map(({ headers }) => headers['webhook-id'])).toEqual(Array.from({ length: 12 }, () => id));
  expect(new Set(of.sent.map(({ body }) => body)).size).toBe(1);
  expect(of.takeSent()).toEqual([]);
});

test('a receiver that works again gets the event once', async () => {
  let [attempts, works] = [0, false];
  const of = await subscribed(() => ((attempts += 1), works ? {} : 'CONNECT_FAILED'));
  const id = await of.record();
  await of.deliver([of.first(id)]);
  works = true;
  await nextAttempt(of, id);
  expect(await of.delivery(id)).toMatchObject({ status: 'delivered', attempt: 2 });
  expect([attempts, of.takeSent()]).toEqual([2, []]);
});

test.each<[string, Answer, number]>([
  ['of 429', { status: 429, headers: { 'retry-after': '120' } }, 120],
  ['of 503, up to an hour', { status: 503, headers: { 'retry-after': '86400' } }, 3_600],
  ['of 503 that is shorter than the wait', { status: 503, headers: { 'retry-after': '1' } }, 5],
  ['of any other status not', { status: 500, headers: { 'retry-after': '120' } }, 5],
])('a Retry-After %s is honoured', async (_, answer, seconds) => {
  const of = await subscribed(() => answer);
  const id = await of.record();
  await of.deliver([of.first(id)]);
  expect(await nextAttempt(of, id)).toBe(seconds);
});

test('redirects are failures', async () => {
  const of = await subscribed(() => ({ status: 301, headers: { location: 'https://example.org' } }));
  const id = await of.record();
  await of.deliver([of.first(id)]);
  expect(await of.delivery(id)).toMatchObject({ status: 'pending', error: 'REDIRECTED', response_status: 301 });
});

describe('a message', () => {
  test('that comes twice makes one attempt', async () => {
    const of = await subscribed();
    const message = of.first(await of.record());
    await of.deliver([message]);
    await of.deliver([message]);
    expect(of.sent).toHaveLength(1);
  });

  test('that two workers get at once is stored once, and followed by one retry', async () => {
    const of = await subscribed(() => ({ status: 500 }));
    const id = await of.record();
    const failures = await Promise.all([of.deliver([of.first(id)]), of.deliver([of.first(id)])]);
    expect(failures.flat()).toEqual([]);
    expect(await of.delivery(id)).toMatchObject({ attempt: 1 });
    expect([of.takeSent().length, await of.failures()]).toEqual([1, 1]);
  });

  test('whose worker died before it queued the retry queues it when it comes again', async () => {
    const of = await subscribed(() => ({ status: 500 }));
    const message = of.first(await of.record());
    of.queues.room = 0;
    expect(await of.deliver([message])).toEqual([0]);
    of.queues.room = Infinity;
    await of.deliver([message], 2);
    expect([of.sent.length, of.takeSent().map(({ delay, body }) => [delay, body])]).toEqual([
      1,
      [[5, expect.objectContaining({ attempt: 2 })]],
    ]);
  });

  test('that comes too early waits', async () => {
    const of = await subscribed(() => ({ status: 500 }));
    const id = await of.record();
    await of.deliver([of.first(id)]);
    await of.deliver(of.takeSent());
    expect([of.sent.length, of.takeSent().map(({ delay }) => delay)]).toEqual([1, [5]]);
  });

  test('for a deleted webhook or event is dropped', async () => {
    const of = await subscribed();
    const id = await of.record();
    expect(await of.deliver([of.first('evt_none')])).toEqual([]);
    await commit(running.store, of.organization, [remove(webhookRow, { id: of.webhook.id })]);
    expect(await of.deliver([of.first(id)])).toEqual([]);
    expect([of.sent, await of.delivery(id)]).toEqual([[], undefined]);
  });

  test('that comes after its delivery has expired leaves a failed one', async () => {
    const of = await subscribed(() => ({ status: 500 }));
    const id = await of.record();
    await of.deliver([of.first(id)]);
    const messages = of.takeSent();
    const key = { webhook_id: of.webhook.id, event_id: id };
    await commit(running.store, of.organization, [remove(webhookDeliveryRow, key)]);
    of.clock.advance(8 * 86_400);
    await of.deliver(messages);
    expect(of.sent).toHaveLength(1);
    expect(await of.delivery(id)).toMatchObject({ status: 'failed', error: 'TOO_LATE', attempt: 1 });
    await of.deliver(messages);
    expect([of.sent.length, of.takeSent()]).toEqual([1, []]);
  });

  test('for a disabled webhook ends the delivery', async () => {
    const of = await subscribed(undefined, { enabled: false });
    const id = await of.record();
    await of.deliver([of.first(id)]);
    expect([of.sent, await of.delivery(id)]).toEqual([[], expect.objectContaining({ status: 'failed' })]);
  });
});

test('an attempt that the brake does not let begin is no attempt: its message comes again', async () => {
  const of = await subscribed();
  const id = await of.record();
  const [message, event] = [of.first(id).body as AttemptMessage, await of.event(id)];
  const job = { message, isRepeated: false, stored: undefined, event };
  const asked: unknown[] = [];
  const brakeHosts: DeliveryContext['brakeHosts'] = async (...sending) => (asked.push(sending.slice(0, 2)), 30);
  expect(await attempt(of.webhook, job, { ...of.context, brakeHosts })).toBe(0);
  const sending = { organization: of.organization, target: 'example.com' };
  expect([asked, of.sent, await of.delivery(id)]).toEqual([[['webhook-delivery', sending]], [], undefined]);
  const [again, ...others] = of.takeSent();
  expect([again?.delay, others]).toEqual([30, []]);
  await of.deliver(again === undefined ? [] : [again]);
  expect([of.sent.length, (await of.delivery(id))?.attempt]).toEqual([1, 1]);
});

test('a webhook that is deleted during an attempt keeps nothing of it', async () => {
  const of = await subscription(running.store, async () => {
    await commit(running.store, of.organization, [remove(webhookRow, { id: of.webhook.id })]);
    return { status: 500 };
  });
  const id = await of.record();
  await of.deliver([of.first(id)]);
  expect([await of.delivery(id), of.takeSent(), await of.stored()]).toEqual([undefined, [], undefined]);
});

describe('a webhook is disabled', () => {
  /** The organization's technical contact. */
  const addContact = async ({ organization }: Subscription): Promise<void> => {
    const contact = userOf('usr_tech', { email: 'tech@example.com' });
    const contacts = { tech_user_id: 'usr_tech', admin_user_id: 'usr_boss' };
    await commit(running.store, organization, [
      create(organizationRow, organizationOf(organization, { contacts })),
      create(userRow, contact),
    ]);
  };
  const typesOf = async ({ organization }: Subscription) =>
    (await eventsOf(running.store, organization)).map(({ type }) => type);

  test('at once by an answer 410', async () => {
    const of = await subscribed(() => ({ status: 410 }));
    const id = await of.record();
    await of.deliver([of.first(id)]);
    expect(await of.stored()).toMatchObject({ enabled: false, disabled_reason: 'gone', version: 2 });
    expect(await of.delivery(id)).toMatchObject({ status: 'failed', error: 'GONE', attempt: 1 });
    expect(await typesOf(of)).toEqual(['trunk.created', 'webhook.disabled']);
  });

  test('after five days without a success, and the contact of the organization gets an e-mail', async () => {
    const of = await subscribed(() => 'TIMEOUT');
    await addContact(of);
    const attempt = async () => of.deliver([of.first(await of.record())]);
    for (let failure = 0; failure < 10; failure += 1) await attempt();
    of.clock.advance(5 * 86_400 - 1);
    await attempt();
    expect(await of.stored()).toMatchObject({ enabled: true });
    of.clock.advance(1);
    await attempt();
    expect(await of.stored()).toMatchObject({ enabled: false, disabled_reason: 'failing' });
    expect(await of.emails()).toEqual([
      expect.objectContaining({ to: ['tech@example.com'], template: 'webhook_disabled', status: 'queued' }),
    ]);
    expect((await typesOf(of)).slice(-2)).toEqual(['webhook.disabled', 'email.queued']);
    await attempt();
    expect(of.sent).toHaveLength(12);
  });

  test('not if one request succeeds in between', async () => {
    let works = false;
    const of = await subscribed(() => (works ? {} : { status: 500 }));
    const attempt = async () => of.deliver([of.first(await of.record())]);
    for (let failure = 0; failure < 10; failure += 1) await attempt();
    works = true;
    await attempt();
    works = false;
    of.clock.advance(6 * 86_400);
    await attempt();
    expect(await of.stored()).toMatchObject({ enabled: true });
  });
});

test('a callback is signed by the webhook default, which the first one makes', async () => {
  const of = await subscribed();
  const id = await of.record({ callback_url: 'https://example.com/callback' });
  await of.deliver([of.first(id, { webhook_id: defaultWebhook })]);
  const again = await of.record({ callback_url: 'https://example.com/callback' });
  await of.deliver([of.first(again, { webhook_id: defaultWebhook })]);
  expect(of.sent.map(({ url }) => url)).toEqual(['https://example.com/callback', 'https://example.com/callback']);
  expect(of.sent[0]?.headers['webhook-signature']).toMatch(/^v1,[^ ]+$/);
  expect(await of.delivery(id, defaultWebhook)).toMatchObject({ status: 'delivered', webhook_id: defaultWebhook });
});

test('a callback that is answered by 410 disables nothing', async () => {
  const of = await subscribed(() => ({ status: 410 }));
  const id = await of.record({ callback_url: 'https://example.com/callback' });
  await of.deliver([of.first(id, { webhook_id: defaultWebhook })]);
  expect(await of.delivery(id, defaultWebhook)).toMatchObject({ status: 'failed', error: 'GONE' });
  expect((await eventsOf(running.store, of.organization)).map(({ type }) => type)).toEqual(['trunk.created']);
});

const now = '2026-11-20T12:00:00.000Z';
const notice = (reason: 'gone' | 'failing') =>
  disabledNotice(
    { ...builtInWebhook(1001, now), id: 'wh_1', url: 'https://example.com/hook', disabled_reason: reason },
    { emailId: 'eml_1', address: 'tech@example.com', now },
  );

test('the notice of a disabled webhook says which one and why; its subject has no text of a tenant', () => {
  expect(notice('gone')).toMatchObject({
    to: ['tech@example.com'],
    subject: 'A webhook was disabled',
    status: 'queued',
    template: 'webhook_disabled',
    text: null,
    variables: {
      webhook: 'wh_1',
      organization: 'org_1001',
      url: 'https://example.com/hook',
      reason: 'its receiver answered 410 (Gone)',
    },
  });
  expect(notice('failing').variables).toMatchObject({ reason: 'no request has succeeded for five days' });
});
