import { readShards } from '#dynamodb/index-shards.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { describe, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { EventType } from '#contract/events.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow, pendingPartition } from '#dynamodb/rows/event.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { webhookRow } from '#dynamodb/rows/webhook.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { NotifierRule } from '#schema/notifier/notifier-settings.ts';
import { builtInWebhook, type Webhook } from '#schema/webhook/webhook.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { chainBreaks, type EventLogEntry } from '#schema/event-log.ts';
import type { Message } from '#queue/queues.ts';
import { exampleRule } from '../bespoke/notifier-settings.ts';
import { changeFeedHandler } from '../change-feed/handler.ts';
import { sweeperHandler } from '../sweeper/handler.ts';
import { sealMessage } from './contract.ts';
import { eventSealerHandler } from './handler.ts';
import { eventLogRow } from '../../platform/event-log/row.ts';

const running = testStore();

const secrets = rotatedSecret();

const dependencies = () => testDependencies(running.store, { secrets });

type Recorded = { readonly org_id: number; readonly id: string };

/** Records events as a change does. */
async function record(
  organization: number,
  types: readonly EventType[],
  more: { readonly cause?: 'notice' } = {},
): Promise<Recorded[]> {
  const { nextId, now } = testDependencies();
  const ids: string[] = [];
  const record = recorder({
    origin: systemOrigin,
    organization,
    now,
    nextId: (prefix) => (ids.push(nextId(prefix)), ids.at(-1) ?? ''),
  });
  await commit(
    running.store,
    organization,
    types.map((type) =>
      record(type, { entity: { type: 'trunk', id: 'trunk_1' }, description: type, after: { name: 'one' }, ...more }),
    ),
  );
  return ids.map((id) => ({ org_id: organization, id }));
}

const seal = (events: readonly Recorded[], sealer = eventSealerHandler(dependencies(), catalogueAssets)) =>
  sealer(batchOf(events.map((event) => sealMessage(event).body)));

async function chainOf(organization: number): Promise<EventLogEntry[]> {
  const { items } = await tableFor<'eventlog'>(running.store, organization).query(eventLogRow, {}, { prefix: 'evl_' });
  return [...items].sort((one, other) => one.chain.seq - other.chain.seq);
}

const holds = (entries: readonly EventLogEntry[]): boolean => chainBreaks(entries).length === 0;

async function pendingIn(store: Store): Promise<string[]> {
  const shards = await Promise.all(
    readShards.map((shard) => tableFor<'event@GSI2'>(store, 0).queryIndex(eventRow, 'GSI2', pendingPartition(shard))),
  );
  return shards.flatMap(({ items }) => items.map(({ id }) => id));
}

test("an audited event becomes an entry of its organization's chain and is no longer pending", async () => {
  const [event] = await record(2001, ['trunk.created']);
  await seal([event!]);
  const chain = await chainOf(2001);
  expect(chain).toMatchObject([
    { event_type: 'trunk.created', event_log_id: event!.id.replace('evt_', 'evl_'), chain: { seq: 1 } },
  ]);
  expect(holds(chain)).toBe(true);
  const settled = await tableFor<'event'>(running.store, 2001).get(eventRow, event!);
  expect(settled).toMatchObject({
    pending: false,
    expires_at: Date.parse('2026-11-20T10:00:00Z') / 1_000 + 30 * 86_400,
  });
  expect(await pendingIn(running.store)).not.toContain(event!.id);
});

test('an event that is not audited is settled without an entry', async () => {
  const [event] = await record(2002, ['trunk.registered']);
  await seal([event!]);
  expect(await chainOf(2002)).toEqual([]);
  expect(await tableFor<'event'>(running.store, 2002).get(eventRow, event!)).toMatchObject({ pending: false });
});

test('an event is sealed once, whatever the number of deliveries and sealers', async () => {
  const events = await record(
    2003,
    Array.from({ length: 12 }, () => 'trunk.updated'),
  );
  const twice = [...events, ...events.toReversed()];
  const batches = await Promise.all([seal(twice), seal(twice), seal(events)]);
  expect(batches.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
  const chain = await chainOf(2003);
  expect(chain).toHaveLength(12);
  expect(holds(chain)).toBe(true);
});

test('sealers that work on one organization at the same time make one chain, without gap or fork', async () => {
  const events = await record(
    2009,
    Array.from({ length: 16 }, () => 'trunk.updated'),
  );
  await Promise.all([0, 4, 8, 12].map((at) => seal(events.slice(at, at + 4))));
  const chain = await chainOf(2009);
  expect(chain).toHaveLength(16);
  expect(holds(chain)).toBe(true);
});

test('each organization has its own chain, also within one batch', async () => {
  const events = [
    ...(await record(2004, ['trunk.created', 'trunk.updated'])),
    ...(await record(2005, ['user.created'])),
  ];
  await seal(events);
  const chains = await Promise.all([chainOf(2004), chainOf(2005)]);
  expect(chains.map((chain) => chain.length)).toEqual([2, 1]);
  expect(chains.every(holds)).toBe(true);
});

test('an event that cannot be settled does not hold up the others', async () => {
  const events = await record(2010, ['trunk.created', 'trunk.updated', 'trunk.deleted']);
  const spoiled = events[1]!;
  const { client } = running.store;
  // The store rejects every write of this one event, as it rejects an item that is too large.
  const send: typeof client.send = (command: object) =>
    JSON.stringify(command).includes(spoiled.id) && command.constructor.name === 'TransactWriteItemsCommand'
      ? Promise.reject(new Error('item too large'))
      : client.send(command as never);
  const sealer = eventSealerHandler(
    { ...dependencies(), store: { ...running.store, client: { send } } },
    catalogueAssets,
  );
  expect(await seal(events, sealer)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  const chain = await chainOf(2010);
  expect(chain.map(({ event_type }) => event_type)).toEqual(['trunk.created', 'trunk.deleted']);
  expect(holds(chain)).toBe(true);
});

describe('an event', () => {
  /** Stores webhooks, records events, and settles them. @returns the messages of the queues of webhooks */
  async function sealWith(organization: number, webhooks: readonly Partial<Webhook>[], types: readonly EventType[]) {
    const context = dependencies();
    const stored = webhooks.map((more, at) => ({
      ...builtInWebhook(organization, '2026-11-20T00:00:00.000Z'),
      id: `wh_${at}`,
      url: `https://example.com/${at}`,
      ...more,
    }));
    const writes = stored.map((webhook) => create(webhookRow, webhook));
    if (writes.length > 0) await commit(running.store, organization, writes);
    await seal(await record(organization, types), eventSealerHandler(context, catalogueAssets));
    return context.queues.sent
      .filter(({ queue }) => queue.startsWith('webhook-'))
      .map(({ queue, message }) => ({ queue, body: message.body }));
  }

  test('that no webhook wants costs no message', async () => {
    expect(await sealWith(2011, [], ['trunk.created'])).toEqual([]);
    const others = [{ events: ['gateway.*'] }, { events: ['*'], enabled: false }];
    expect(await sealWith(2012, others, ['trunk.created'])).toEqual([]);
  });

  test('is one message for each webhook that wants it, in the queue of quick receivers or in the other', async () => {
    const quick = { quick: true, slow_at: null };
    const webhooks = [{ events: ['trunk.*'], pace: quick }, { events: ['*'] }, { events: ['trunk.deleted'] }];
    const messages = await sealWith(2013, webhooks, ['trunk.created', 'trunk.registered']);
    const first = (webhook: string) =>
      expect.objectContaining({ webhook_id: webhook, attempt: 1, series: '' }) as object;
    expect(messages).toEqual([
      { queue: 'webhook-deliver', body: first('wh_0') },
      { queue: 'webhook-deliver', body: first('wh_0') },
      { queue: 'webhook-retry', body: first('wh_1') },
      { queue: 'webhook-retry', body: first('wh_1') },
    ]);
  });

  test('of one organization is no message for a webhook of another', async () => {
    await sealWith(2014, [{ events: ['*'] }], []);
    expect(await sealWith(2015, [], ['trunk.created'])).toEqual([]);
  });
});

test('an event that has cascades starts them, and no other event does', async () => {
  const context = dependencies();
  await seal(await record(2019, ['trunk.updated', 'trunk.deleted']), eventSealerHandler(context, catalogueAssets));
  expect(context.queues.sent.filter(({ queue }) => queue === 'consequences')).toMatchObject([
    { message: { body: { schema: 'removal.v1', org_id: 2019, type: 'trunk.deleted', id: 'trunk_1' } } },
  ]);
});

describe('an event that rules select', () => {
  const rule = { ...exampleRule, trigger: 'trunk.*' };
  const settingsOf = (...rules: readonly NotifierRule[]) => ({
    notification_rules: rules,
    delivery_preferences: {
      quiet_hours: { enabled: false, start: '22:00', end: '07:00', timezone: null },
      max_notifications_per_hour: 10,
    },
    ...{ created_at: '', updated_at: '', version: 1 },
  });
  const saveRules = (organization: number, ...rules: readonly NotifierRule[]) =>
    commit(running.store, organization, [overwrite(notifierSettingsRow, settingsOf(...rules))]);
  const messagesIn = ({ queues }: ReturnType<typeof dependencies>) =>
    queues.sent.filter(({ queue }) => queue === 'notifier').map(({ message }) => message.body);

  test('is one message for all of them; what a notice causes is none', async () => {
    await saveRules(2016, rule, { ...rule, id: 'rule_2' }, { ...rule, id: 'rule_3', trigger: '*', enabled: false });
    const context = dependencies();
    const [created] = await record(2016, ['trunk.created', 'user.created']);
    const caused = await record(2016, ['trunk.updated'], { cause: 'notice' });
    await seal([created!, ...caused], eventSealerHandler(context, catalogueAssets));
    expect(messagesIn(context)).toEqual([{ schema: 'notifier.v1', org_id: 2016, event_id: created!.id }]);
  });

  test('is found by rules that are read once in ten seconds, so that others cost no read for each event', async () => {
    const { client } = running.store;
    let reads = 0;
    const send: typeof client.send = (command: object) => {
      if (JSON.stringify(command).includes('"bespoke#2017"')) reads += 1;
      return client.send(command as never);
    };
    const clock = manualClock();
    const store = { ...running.store, client: { send } };
    const context = { ...dependencies(), ...testDependencies(store, { clock, secrets }) };
    const sealer = eventSealerHandler(context, catalogueAssets);
    for (let time = 0; time < 5; time += 1) await seal(await record(2017, ['trunk.created', 'trunk.updated']), sealer);
    expect([reads, messagesIn(context)]).toEqual([1, []]);
    await saveRules(2017, rule);
    clock.advance(10);
    await seal(await record(2017, ['trunk.created']), sealer);
    expect([reads, messagesIn(context).length]).toEqual([2, 1]);
  });

  test('and that a client filed with notify finds rules that are new', async () => {
    const context = dependencies();
    const sealer = eventSealerHandler(context, catalogueAssets);
    await seal(await record(2018, ['trunk.created']), sealer);
    await saveRules(2018, { ...rule, trigger: 'custom' });
    const [door] = await record(2018, ['trunk.created']);
    const table = tableFor<'event'>(running.store, 2018);
    const event = await table.get(eventRow, door!);
    const filed = { ...event!, type: 'door.opened', filed: { as: 'event' as const }, notify: true };
    await commit(running.store, 2018, [overwrite(eventRow, filed)]);
    await seal([door!], sealer);
    expect(messagesIn(context)).toHaveLength(1);
  });
});

test('a deleted event is not a failure', async () => {
  expect(await seal([{ org_id: 2006, id: 'evt_gone' }])).toEqual({ batchItemFailures: [] });
});

test('the change feed queues the events among the keys, and nothing else', async () => {
  const context = testDependencies();
  const key = (PK: string, SK: string) => ({
    eventName: 'INSERT' as const,
    dynamodb: { Keys: { PK: { S: PK }, SK: { S: SK } } },
  });
  await changeFeedHandler(context)({
    Records: [key('event#1001', 'evt_1'), key('eventlog#1001', 'evl_1'), key('event#1002', 'evt_2')],
  });
  expect(context.queues.sent).toEqual([
    { queue: 'event-seal', message: { body: { schema: 'event.v1', org_id: 1001, event_id: 'evt_1' }, group: '1001' } },
    { queue: 'event-seal', message: { body: { schema: 'event.v1', org_id: 1002, event_id: 'evt_2' }, group: '1002' } },
  ]);
});

test('the sweeper finds an event that the stream missed, and it is sealed', async () => {
  const [missed] = await record(2007, ['trunk.deleted']);
  const context = testDependencies(running.store);
  const sweep = async (seconds: number): Promise<readonly Message[]> => {
    context.now = new Date(Date.parse('2026-11-20T10:00:00.000Z') + seconds * 1_000);
    context.queues.sent.length = 0;
    await sweeperHandler(context)({ time: '' });
    return context.queues.sent.map(({ message }) => message);
  };
  const ofMissed = { body: { schema: 'event.v1', org_id: 2007, event_id: missed!.id }, group: '2007' };
  expect(await sweep(29)).not.toContainEqual(ofMissed);
  const found = await sweep(31);
  expect(found).toContainEqual(ofMissed);
  await eventSealerHandler(dependencies(), catalogueAssets)(batchOf(found.map(({ body }) => body)));
  expect(await chainOf(2007)).toHaveLength(1);
  expect(await sweep(91)).not.toContainEqual(ofMissed);
});

test('the sweeper adds nothing to a long queue', async () => {
  await record(2008, ['trunk.deleted']);
  const context = testDependencies(running.store);
  context.now = new Date('2026-11-21T00:00:00.000Z');
  context.queues.waiting = 1_001;
  await sweeperHandler(context)({ time: '' });
  expect(context.queues.sent).toEqual([]);
});
