import { BatchGetItemCommand, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { EventType } from '#contract/events.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { transact } from '#dynamodb/transact.ts';
import { recorder, type EventDetails, type Origin } from '#runtime/event-record.ts';
import { chainBreaks, entryHash, showValues, type EventLogEntry } from '#schema/event-log.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { eventLogRow } from '../../platform/event-log/row.ts';
import { forgetPerson, personKeyContext, personKeyRow, type ForgetContext } from '../../platform/rows/person-key.ts';
import { sealMessage } from './contract.ts';
import { eventSealerHandler } from './handler.ts';

/** The persons of entries, sealed and forgotten over the store. */

const running = testStore();

const secrets = rotatedSecret();
const seals = sealsFrom(secrets);
const clock = manualClock();
const dependencies = () => testDependencies(running.store, { secrets, clock });
const forgetting = (): ForgetContext => ({
  tableOf: (organization) => tableFor(running.store, organization),
  transact: (organization, decide) => transact(dependencies(), { organization, decide }),
  seals,
  clock: clock.now,
});

const actorOf = (id: string): Origin => ({
  actor: { id, type: 'user', name: `name of ${id}`, credential: 'ses_1' },
  ip: '192.0.2.1',
  user_agent: `agent of ${id}`,
  request_id: 'req_1',
});

type Recorded = { readonly org_id: number; readonly id: string };

type Said = Partial<EventDetails> & { readonly by?: string; readonly type?: EventType };
let last = 0;

/** Records an event as a change does. */
async function record(
  organization: number,
  { by = 'usr_ann', type = 'trunk.created', ...more }: Said,
): Promise<Recorded> {
  last += 1;
  const id = `evt_${String(last).padStart(8, '0')}`;
  const write = recorder({ origin: actorOf(by), organization, now: clock.now(), nextId: () => id })(type, {
    entity: { type: 'trunk', id: 'trunk_1' },
    description: 'SIP trunk Carrier created',
    ...more,
  });
  await commit(running.store, organization, [write]);
  return { org_id: organization, id };
}

const aboutUser = (id: string, name: string): Said => ({
  type: 'user.updated',
  entity: { type: 'user', id },
  description: `User ${name} updated`,
  before: { username: name, extension: '201' },
  after: { username: `${name}-2`, extension: '201' },
});

const seal = async (events: readonly Recorded[], sealer = eventSealerHandler(dependencies(), catalogueAssets)) =>
  expect(await sealer(batchOf(events.map((event) => sealMessage(event).body)))).toEqual({
    batchItemFailures: [],
  });

/** The stored entries, oldest first. */
async function chainOf(organization: number): Promise<EventLogEntry[]> {
  const { items } = await tableFor<'eventlog'>(running.store, organization).query(eventLogRow, {}, { prefix: 'evl_' });
  return [...items].sort((one, other) => one.chain.seq - other.chain.seq);
}

const keysOf = async (person: string) =>
  (await tableFor<'personkey'>(running.store, 0).query(personKeyRow, { person })).items;

/** The entries as readers show them. */
async function shownIn(organization: number): Promise<EventLogEntry[]> {
  const chain = await chainOf(organization);
  const persons = new Set(
    chain.flatMap(({ chain: { pseudonyms = {} } }) =>
      Object.values(pseudonyms).flatMap((each) => (each.split('.')[0] ?? '').split('+')),
    ),
  );
  const stored = (await Promise.all([...persons].map(keysOf))).flat().filter(({ org_id: id }) => id === organization);
  const keys = new Map(
    await Promise.all(
      stored.map(
        async (key) =>
          [key.person, Buffer.from(await seals.open(key.sealed, personKeyContext(key)), 'base64url')] as const,
      ),
    ),
  );
  return chain.map((entry) => showValues(entry, keys));
}

/** All items of entities, as text. */
async function itemsOf(...entities: readonly string[]): Promise<string> {
  const { Items = [] } = await running.store.client.send(new ScanCommand({ TableName: running.store.tableName }));
  return JSON.stringify(Items.filter(({ PK }) => entities.includes(PK?.S?.split('#')[0] ?? '')));
}

describe('an entry that names persons', () => {
  test('is stored without their values, hashed as it is stored, and shown with them', async () => {
    await seal([await record(3001, aboutUser('usr_bob', 'robert'))]);
    const [stored] = await chainOf(3001);
    expect(stored).toMatchObject({
      ...{ actor: { id: 'usr_ann', name: null }, resource: { id: 'usr_bob' }, description: 'Erased', metadata: {} },
      ...{ ip_address: null, user_agent: null, recorded_by: 'usr_ann' },
    });
    expect(JSON.stringify(stored)).not.toMatch(/robert|name of|agent of|192\.0\.2\.1/);
    expect(chainBreaks([stored!])).toEqual([]);
    const [shown] = await shownIn(3001);
    expect(shown).toMatchObject({
      ...{ actor: { name: 'name of usr_ann' }, description: 'User robert updated', ip_address: '192.0.2.1' },
      ...{ metadata: { changes: { username: { old: 'robert', new: 'robert-2' } } }, user_agent: 'agent of usr_ann' },
    });
    expect(chainBreaks([shown!])).toEqual([]);
    expect(entryHash(shown!)).toBe(stored!.chain.hash);
  });

  test('costs one key of each person, whatever the number of entries and sealers', async () => {
    const events: Recorded[] = [];
    for (let at = 0; at < 12; at += 1) events.push(await record(3002, aboutUser('usr_carl', 'carl')));
    await Promise.all([0, 3, 6, 9].map((at) => seal(events.slice(at, at + 3))));
    expect(await keysOf('usr_carl')).toHaveLength(1);
    const shown = await shownIn(3002);
    expect(shown.map(({ description }) => description)).toEqual(Array.from({ length: 12 }, () => 'User carl updated'));
    expect(chainBreaks(shown)).toEqual([]);
  });

  test('has keys of its own organization, which open in no other', async () => {
    await seal([await record(3003, { by: 'usr_dora' }), await record(3004, { by: 'usr_dora' })]);
    const [one, other] = await keysOf('usr_dora');
    expect([one?.org_id, other?.org_id]).toHaveLength(2);
    await expect(seals.open(one!.sealed, personKeyContext(other!))).rejects.toThrow();
  });

  test('is sealed with others in as many transactions as their persons need', async () => {
    const events: Recorded[] = [];
    for (let at = 0; at < 40; at += 1) events.push(await record(3005, { by: `usr_many${at}` }));
    const { client } = running.store;
    const sizes: number[] = [];
    const send: typeof client.send = (command: object) => {
      if (command instanceof TransactWriteItemsCommand) sizes.push(command.input.TransactItems?.length ?? 0);
      return client.send(command as never);
    };
    await seal(
      events,
      eventSealerHandler({ ...dependencies(), store: { ...running.store, client: { send } } }, catalogueAssets),
    );
    // Four items for each event, with a new key, and one for the head.
    expect(sizes).toEqual([97, 65]);
    const shown = await shownIn(3005);
    expect(shown.map(({ actor }) => actor.name)).toEqual(
      Array.from({ length: 40 }, (_item, at) => `name of usr_many${at}`),
    );
    expect(chainBreaks(shown)).toEqual([]);
  });

  test('of forty persons fits into a transaction', async () => {
    const persons = Array.from({ length: 50 }, (_item, at) => `+1415555${String(at).padStart(4, '0')}`);
    await seal([await record(3006, { persons, by: 'usr_zoe' })]);
    expect(await shownIn(3006)).toMatchObject([{ description: 'SIP trunk Carrier created' }]);
  });

  test('reads all keys of a batch in two round trips', async () => {
    const events: Recorded[] = [];
    for (let at = 0; at < 10; at += 1)
      events.push(await record(3007, { by: `usr_trip${at}`, persons: ['a@b.example'] }));
    await seal(events.slice(0, 5));
    const { client } = running.store;
    const reads: string[] = [];
    const send: typeof client.send = (command: object) => {
      if (command instanceof BatchGetItemCommand) reads.push(JSON.stringify(command.input));
      return client.send(command as never);
    };
    const store = { ...running.store, client: { send } };
    await seal(events.slice(5), eventSealerHandler({ ...dependencies(), store }, catalogueAssets));
    expect(reads.filter((text) => /personkey|outsider/.test(text)).length).toBeLessThanOrEqual(2);
  });
});

describe('after a person is forgotten', () => {
  test('its values are gone from every organization, others are shown, and the chain holds', async () => {
    const events = [
      await record(3011, aboutUser('usr_eve', 'evelyn')),
      await record(3011, { ...aboutUser('usr_fred', 'frederic'), by: 'usr_eve' }),
      await record(3012, { by: 'usr_eve' }),
    ];
    await seal(events);
    await forgetPerson(3011, 'usr_eve', forgetting());
    const shown = [...(await shownIn(3011)), ...(await shownIn(3012))];
    expect(shown).toMatchObject([
      { actor: { name: 'name of usr_ann' }, description: 'Erased', metadata: {}, ip_address: '192.0.2.1' },
      { actor: { id: 'usr_eve', name: null }, description: 'User frederic updated', ip_address: null },
      { actor: { name: null }, description: 'SIP trunk Carrier created', user_agent: null },
    ]);
    expect(chainBreaks(shown.slice(0, 2))).toEqual([]);
    expect(chainBreaks(shown.slice(2))).toEqual([]);
    expect(await keysOf('usr_eve')).toEqual([]);
    expect(await itemsOf('eventlog', 'personkey', 'personerasure', 'outsider')).not.toMatch(/evelyn|of usr_eve/);
  });

  test('no key is made again, not for events of before and not for later ones', async () => {
    const waiting = await record(3013, aboutUser('usr_gus', 'gustav'));
    await forgetPerson(3013, 'usr_gus', forgetting());
    clock.advance(60);
    await seal([waiting, await record(3013, { by: 'usr_gus' })]);
    const [first, second] = await shownIn(3013);
    expect(first).toMatchObject({ description: 'Erased', chain: { pseudonyms: { description: 'erased' } } });
    expect(second).toMatchObject({ actor: { name: null }, chain: { pseudonyms: { 'actor.name': 'erased' } } });
    expect(await keysOf('usr_gus')).toEqual([]);
    expect(await itemsOf('eventlog', 'personkey', 'personerasure')).not.toContain('gustav');
  });

  test('a sealer that has read the key before seals nothing with it', async () => {
    await seal([await record(3014, { by: 'usr_hal' })]);
    const event = await record(3014, { by: 'usr_hal' });
    const { client } = running.store;
    let commits = 0;
    // The person is forgotten between the sealer's reads and its transaction.
    const send: typeof client.send = async (command: object) => {
      if (command.constructor.name === 'TransactWriteItemsCommand' && (commits += 1) === 1)
        await forgetPerson(3014, 'usr_hal', forgetting());
      return client.send(command as never);
    };
    await seal(
      [event],
      eventSealerHandler({ ...dependencies(), store: { ...running.store, client: { send } } }, catalogueAssets),
    );
    expect(commits).toBe(2);
    expect((await chainOf(3014)).map(({ chain }) => chain.pseudonyms?.['actor.name']?.split('.')[0])).toEqual([
      'usr_hal',
      'erased',
    ]);
  });

  test('a sealer that was about to make its key makes none', async () => {
    const event = await record(3015, { by: 'usr_ida' });
    const { client } = running.store;
    let commits = 0;
    const send: typeof client.send = async (command: object) => {
      if (command.constructor.name === 'TransactWriteItemsCommand' && (commits += 1) === 1)
        await forgetPerson(3015, 'usr_ida', forgetting());
      return client.send(command as never);
    };
    await seal(
      [event],
      eventSealerHandler({ ...dependencies(), store: { ...running.store, client: { send } } }, catalogueAssets),
    );
    expect([await keysOf('usr_ida'), (await shownIn(3015))[0]?.actor.name]).toEqual([[], null]);
  });

  test('forgetting again changes nothing', async () => {
    await forgetPerson(3016, 'usr_nobody', forgetting());
    await forgetPerson(3016, 'usr_nobody', forgetting());
    expect(await keysOf('usr_nobody')).toEqual([]);
  });
});

describe('an outsider', () => {
  const number = '+14155550199';
  const optOut = (organization: number) =>
    record(organization, {
      type: 'sms.optout',
      entity: { type: 'sms_optout', id: number },
      description: `${number} opted out of SMS (api)`,
      fields: { number },
    });

  test('is in no item in clear, with its number neither in the keys nor in the index', async () => {
    await seal([await optOut(3021)]);
    expect(await shownIn(3021)).toMatchObject([{ resource: { id: number }, metadata: { number } }]);
    expect(await itemsOf('eventlog', 'personkey', 'outsider')).not.toContain(number);
    expect(chainBreaks(await chainOf(3021))).toEqual([]);
  });

  test('is one person in all entries, in any case of its address', async () => {
    const about = (id: string) => record(3022, { type: 'email.unsuppressed', entity: { type: 'email', id } });
    await seal([await about('a@b.example'), await about('A@B.example')]);
    await seal([await about('a@B.example')]);
    const persons = (await chainOf(3022)).map(({ chain }) => chain.pseudonyms?.description?.split('.')[0]);
    expect(new Set(persons).size).toBe(1);
    expect((await shownIn(3022)).map(({ resource }) => resource?.id)).toEqual([
      'a@b.example',
      'A@B.example',
      'a@B.example',
    ]);
  });

  test('is forgotten with all events until then, and is another person afterwards', async () => {
    await seal([await optOut(3023)]);
    const waiting = await optOut(3023);
    await forgetPerson(3023, number, forgetting());
    clock.advance(1);
    await seal([waiting, await optOut(3023)]);
    clock.advance(1);
    await seal([await optOut(3023)]);
    const shown = await shownIn(3023);
    expect(shown.map(({ resource }) => resource?.id)).toEqual([null, null, number, number]);
    expect(chainBreaks(shown)).toEqual([]);
    await forgetPerson(3023, number, forgetting());
    expect((await shownIn(3023)).map(({ description }) => description)).toEqual(
      Array.from({ length: 4 }, () => 'Erased'),
    );
  });

  test('that is forgotten while its key is made is forgotten', async () => {
    const event = await optOut(3024);
    const { client } = running.store;
    let commits = 0;
    const send: typeof client.send = async (command: object) => {
      if (command.constructor.name === 'TransactWriteItemsCommand' && (commits += 1) === 1)
        await forgetPerson(3024, number, forgetting());
      return client.send(command as never);
    };
    await seal(
      [event],
      eventSealerHandler({ ...dependencies(), store: { ...running.store, client: { send } } }, catalogueAssets),
    );
    expect(await shownIn(3024)).toMatchObject([{ resource: { id: null }, description: 'Erased' }]);
  });
});
