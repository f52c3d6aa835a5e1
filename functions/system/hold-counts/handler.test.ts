import { describe, expect, test } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { hideRecord, legalHoldRow } from '#dynamodb/rows/legal-hold.ts';
import { overwrite } from '#dynamodb/write.ts';
import { tableFor } from '#dynamodb/table.ts';
import { recordClasses, type RecordClass, type RecordFacts } from '#schema/record-class.ts';
import { manualClock, memoryQueues, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { smallPages } from '#test/support/small-pages.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { voicemailRow } from '../../messaging/rows/voicemail.ts';
import { changeHold, NewLegalHold, placeHold, releaseHold } from '../legal-holds/legal-hold.ts';
import { legalHoldStore, releaseWrites, saveWrites } from '../legal-holds/store.ts';
import { dyingStore, interrupted } from '#test/support/purge-jobs.fixture.ts';
import { instants, otherParty, storeRecords, type Wanted } from '../purges/records.fixture.ts';
import { countMessage } from './contract.ts';
import { holdCountsHandler } from './handler.ts';
import { holdCountRow } from './row.ts';

const running = testStore();

let organizations = 8_900;
async function newOrganization(): Promise<number> {
  organizations += 1;
  await addAccount(running.store, organizations);
  return organizations;
}

const at = noon.toISOString();
const wantedHold = (more: object) => NewLegalHold.parse({ name: 'Meier', reason: 'Subpoena', classes: ['*'], ...more });

/** Places a hold, and reads and changes it as the API does. */
async function placed(organization: number, more: object = {}) {
  const hold = placeHold(wantedHold(more), { id: 'hold_1', by: 'usr_1', now: at });
  const table = tableFor<'hold' | 'holdcount'>(running.store, organization);
  const { heads } = legalHoldStore(tableFor(running.store, organization));
  await commit(running.store, organization, saveWrites(undefined, hold, await heads()));
  const read = async () => (await table.get(legalHoldRow, hold))!;
  return {
    read,
    estimate: async () => (await read()).held_estimate,
    isCounting: async () => (await table.get(holdCountRow, hold)) !== undefined,
    change: async (changed: object) => {
      const before = await read();
      const after = changeHold(before, wantedHold({ ...more, ...changed }), at);
      await commit(running.store, organization, saveWrites(before, after, await heads()));
    },
    release: async () => {
      const before = await read();
      const after = releaseHold(before, { by: 'usr_1', reason: 'Settled', now: at });
      await commit(running.store, organization, releaseWrites(before, after, await heads()));
    },
    message: (version = 1) => countMessage({ org_id: organization, hold_id: hold.id, version }).body,
  };
}

/** A store each of whose calls takes a second, so that a turn reads a few pages only. */
const slowStore = (store: Store, clock: ReturnType<typeof manualClock>): Store => {
  const { client } = store;
  const send: typeof client.send = async (command: object) => {
    clock.advance(1);
    return client.send(command as never);
  };
  return { ...store, client: { send } };
};

/**
 * Delivers the messages of counts until none is left. The first processes die, each after so many calls of the store.
 * @returns how many died, and how many turns there were
 */
async function workOff(first: readonly object[], deaths: readonly number[] = [], store: Store = running.store) {
  const clock = manualClock(at);
  const queue = [...first];
  let [died, turns] = [0, 0];
  for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
    turns += 1;
    const [slow, calls] = [slowStore(smallPages(store, 8), clock), deaths[died]];
    const queues = memoryQueues();
    const dependencies = testDependencies(calls === undefined ? slow : dyingStore(slow, calls, died % 2 === 0).store, {
      clock,
    });
    const { batchItemFailures } = await holdCountsHandler({ ...dependencies, queues })(batchOf([body]));
    if (batchItemFailures.length > 0) {
      if (calls === undefined) throw new Error('a count failed', { cause: dependencies.faults[0] });
      died += 1;
      clock.advance(31);
      queue.push(body);
    }
    for (const { message } of queues.sent) {
      clock.advance(message.delay ?? 0);
      queue.push(message.body as object);
    }
  }
  return { died, turns };
}

/** Records a second apart, of which each tenth is about a user whom a hold names. */
const some = (count: number, days = 1): Wanted[] =>
  instants(count, noon, days).map((each, index) => ({
    ...{ at: each, index },
    party: index % 10 === 0 ? { user: 'usr_held', number: otherParty.number } : otherParty,
  }));
const store = (organization: number, of: RecordClass, wanted: readonly Wanted[]) =>
  storeRecords(running.store, organization, of, wanted);

const facts: RecordFacts = {
  ...{ at, users: ['usr_held'], parties: [], entities: [], direction: 'inbound', text: '' },
};

describe('a count that is killed again and again', () => {
  test.each(recordClasses)('says how many records of %s the hold keeps', async (of) => {
    const organization = await newOrganization();
    await store(organization, of, some(300));
    const { estimate, isCounting, message } = await placed(organization, { filter: { user_ids: ['usr_held'] } });
    const deaths = Array.from({ length: 12 }, (_, index) => 1 + index);
    const { died, turns } = await workOff([message()], deaths);
    expect(died).toBe(12);
    expect(turns).toBeGreaterThan(14);
    expect([await estimate(), await isCounting()]).toEqual([30, false]);
  });
});

test('all classes are counted, with what users have deleted, and nothing else', async () => {
  const organization = await newOrganization();
  for (const of of recordClasses) await store(organization, of, some(20));
  const hidden = { ...facts, users: ['usr_other'] };
  await commit(running.store, organization, [
    hideRecord('voicemail', { id: 'vm_1', facts, record: {} }, noon),
    hideRecord('recordings', { id: 'file_1', facts, record: {} }, noon),
    hideRecord('recordings', { id: 'file_2', facts: hidden, record: {} }, noon),
  ]);
  const { read, message } = await placed(organization, { filter: { user_ids: ['usr_held'] } });
  const before = await read();
  await workOff([message(), message()]);
  expect(await read()).toEqual({ ...before, held_estimate: 2 * recordClasses.length + 2 });
  expect(await eventsOf(running.store, organization)).toEqual([]);
});

test.each(recordClasses)('records of %s are counted by their own time', async (of) => {
  const organization = await newOrganization();
  await store(organization, of, some(300, 3));
  const [first, last] = [instants(300, noon, 3)[100]!, instants(300, noon, 3)[199]!];
  const filter = { from: first.toISOString(), to: last.toISOString() };
  const { estimate, message } = await placed(organization, { classes: [of], filter });
  await workOff([message()]);
  expect(await estimate()).toBe(100);
});

test('a message is counted by the time at which it was left, whenever it came to its mailbox', async () => {
  const organization = await newOrganization();
  await store(organization, 'voicemail', some(1));
  const { items } = await tableFor<'voicemail'>(running.store, organization).query(voicemailRow, {});
  const left = { ...items[0]!, received_at: '2026-01-01T00:00:00.000Z' };
  await commit(running.store, organization, [overwrite(voicemailRow, left)]);
  const { estimate, message } = await placed(organization, { filter: { to: '2026-02-01T00:00:00Z' } });
  await workOff([message()]);
  expect(await estimate()).toBe(1);
});

test('a hold on what will come keeps nothing yet', async () => {
  const organization = await newOrganization();
  for (const of of recordClasses) await store(organization, of, some(5));
  const { estimate, message } = await placed(organization, { filter: { from: '2099-01-01T00:00:00Z' } });
  await workOff([message()]);
  expect(await estimate()).toBe(0);
});

describe('a hold that changes while it is counted', () => {
  test('is counted as it is now', async () => {
    const organization = await newOrganization();
    await store(organization, 'logs', some(300));
    const hold = await placed(organization, { classes: ['logs'] });
    // The second transaction of the count saves its first turn.
    const changing = interrupted(running.store, 2, () =>
      hold.change({ filter: { user_ids: ['usr_held'] }, reason: 'B' }),
    );
    await workOff([hold.message()], [], changing);
    expect(await hold.estimate()).toBeNull();
    await workOff([hold.message(2)]);
    expect([await hold.estimate(), await hold.isCounting()]).toEqual([30, false]);
    expect((await hold.read()).version).toBe(2);
  });

  test('at its end keeps no estimate of before', async () => {
    const organization = await newOrganization();
    await store(organization, 'logs', some(50));
    const hold = await placed(organization, { classes: ['logs'] });
    const changing = interrupted(running.store, 2, () => hold.change({ matter: '17/26' }));
    await workOff([hold.message()], [], changing);
    expect(await hold.read()).toMatchObject({ held_estimate: null, version: 2 });
    await workOff([hold.message(2)]);
    expect(await hold.estimate()).toBe(50);
  });

  test('and is released gets no estimate, and leaves no count', async () => {
    const organization = await newOrganization();
    await store(organization, 'logs', some(300));
    const hold = await placed(organization, { classes: ['logs'] });
    await workOff([hold.message()], [], interrupted(running.store, 2, hold.release));
    expect(await hold.read()).toMatchObject({ held_estimate: null, status: 'released' });
    expect(await hold.isCounting()).toBe(false);
  });
});

test('a count that fails each time is given up, and leaves the hold without an estimate', async () => {
  const organization = await newOrganization();
  const { estimate, isCounting, message } = await placed(organization);
  const { client } = running.store;
  const send: typeof client.send = async (command: object) => {
    if (command.constructor.name === 'QueryCommand') throw new Error('no query is answered');
    return client.send(command as never);
  };
  const deliver = async (receives: number) => {
    // After the turn of the delivery before.
    const clock = manualClock(`2026-11-20T12:0${receives}:00Z`);
    const handler = holdCountsHandler(testDependencies({ ...running.store, client: { send } }, { clock }));
    return (await handler(batchOf([message()], receives))).batchItemFailures.length;
  };
  expect([await deliver(4), await isCounting()]).toEqual([1, true]);
  expect([await deliver(5), await isCounting(), await estimate()]).toEqual([0, false, null]);
});

test('a message of a hold that is counted, or of no hold, does nothing', async () => {
  const organization = await newOrganization();
  const { estimate, isCounting, message } = await placed(organization);
  await workOff([message()]);
  await store(organization, 'logs', some(5));
  await workOff([message(), countMessage({ org_id: organization, hold_id: 'hold_9', version: 1 }).body]);
  expect([await estimate(), await isCounting()]).toEqual([0, false]);
});
