import { countsIn } from '#schema/call-counts.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { hideRecord, holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { sipTraceRow, tracesOf } from '#dynamodb/rows/sip-trace.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { firstIdAt } from '#dynamodb/ulid.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create, overwrite, remove } from '#dynamodb/write.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { erasureReportKey } from '#schema/object-key.ts';
import type { SipTrace } from '#telephony/sip-trace.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { day } from '#schema/time.ts';
import { manualClock, memoryQueues, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { addUser } from '#test/support/accounts.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { smallPages } from '#test/support/small-pages.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { sealsFrom } from '#secrets/seals.ts';
import {
  addAccount,
  cdrIn,
  chargesTo,
  messageOf,
  numberDaysIn,
  startIngestion,
} from '../../billing/cdr-ingest/ingest.fixture.ts';
import { record } from '../../billing/cdr-ingest/filed-cdr.fixture.ts';
import { cdrId } from '../../billing/cdr-ingest/cdr.ts';
import { cdrPartyRow, cdrRow } from '../../billing/cdr-ingest/row.ts';
import { callCountRow } from '../../billing/rows/call-count.ts';
import { ledgerDayRow, usageRow } from '../../billing/charging/row.ts';
import { interrupted } from '#test/support/purge-jobs.fixture.ts';
import { callOf, instants, otherParty, storedNumbers, storeRecords, type Wanted } from '../purges/records.fixture.ts';
import { erasedClasses } from './erasure.ts';
import { aroundErasure, erasedEvent, erasePerson } from './erasures.fixture.ts';
import { erasureMessage } from './contract.ts';
import { erasuresHandler } from './handler.ts';
import { erasureRow } from './row.ts';
import { outsiderCodeContext, outsiderRow, personKeyRow } from '../../platform/rows/person-key.ts';

const running = testStore();
/** In pages of twenty. */
let paged: Store;
beforeAll(async () => {
  paged = smallPages(running.store, 20);
});

let organizations = 8_800;
async function newOrganization(): Promise<number> {
  organizations += 1;
  await addAccount(running.store, organizations);
  return organizations;
}

const eve = { user: 'usr_eve', number: '+4930123456' };
const persons = { user: { user_id: eve.user }, number: { number: eve.number } };

/** Every third record is about the person, every fifteenth is held. */
const isAbout = ({ index }: Wanted): boolean => index % 3 === 0;
const isHeld = ({ index }: Wanted): boolean => index % 15 === 0;
const recordsOf = (count: number): Wanted[] =>
  instants(count, noon, 400).map((at, index) => ({ at, index, party: index % 3 === 0 ? eve : otherParty }));

/** What a hold names a record by: its call, or its own id. */
const entitiesOf = (of: RecordClass, wanted: Wanted): string[] =>
  ['call', 'cdr', 'msg', 'eml', 'vm', 'log'].map((prefix) => callOf(wanted).replace(/^call/, prefix));

async function storeAll(organization: number, of: RecordClass, wanted: readonly Wanted[]) {
  await storeRecords(running.store, organization, of, wanted);
  await hold(running.store, organization, [of], {
    entity_ids: wanted.filter(isHeld).flatMap((each) => entitiesOf(of, each)),
  });
}

const numbersIn = async (organization: number, of: RecordClass) =>
  [...(await storedNumbers(running.store, organization, of))].map(([entity, numbers]) => [
    entity,
    numbers.toSorted((one, other) => one - other),
  ]);

describe.each(erasedClasses)('%s', (of) => {
  const by = of === 'logs' ? 'number' : 'user';

  test('about a person are erased while processes are killed: each once, and none that is held', async () => {
    const [organization, other] = [await newOrganization(), await newOrganization()];
    const wanted = recordsOf(150);
    await storeAll(organization, of, wanted);
    await storeAll(other, of, wanted.slice(0, 15));
    const [before, others] = [await numbersIn(organization, of), await numbersIn(other, of)];
    const dry = await erasePerson(paged, organization, persons[by], { erase: false });
    expect(await numbersIn(organization, of)).toEqual(before);
    // The first ones die before a page is erased, the third after some, and the others within one or two more.
    const deaths = [3, 5, 20, 7, 8, 9];
    const { died, report, reportLines } = await erasePerson(paged, organization, persons[by], { deaths });
    expect(died).toBe(6);
    const outcome = of === 'cdr' ? 'anonymous' : 'deleted';
    expect(report).toMatchObject({ failure: null, totals: { [of]: { [outcome]: 40, held: 10 } } });
    expect(reportLines).toHaveLength(50);
    expect(new Set(reportLines.map(({ id }) => id)).size).toBe(50);
    expect(reportLines.map(({ id, state }) => [id, state]).toSorted()).toEqual(
      dry.reportLines.map(({ id, state }) => [id, state]).toSorted(),
    );
    const left = wanted.filter((each) => of === 'cdr' || !isAbout(each) || isHeld(each)).map(({ index }) => index);
    for (const [entity, numbers] of await numbersIn(organization, of))
      expect({ entity, numbers }).toEqual({ entity, numbers: left });
    expect(await numbersIn(other, of)).toEqual(others);
    expect((await erasePerson(paged, organization, persons[by])).report.totals).toEqual({
      [of]: { held: 10 },
    });
  });
});

test('records that are erased are in the report, whole, also before they are', async () => {
  const organization = await newOrganization();
  await storeRecords(running.store, organization, 'email', recordsOf(3));
  for (const erase of [false, true]) {
    const { reportLines } = await erasePerson(running.store, organization, persons.user, { erase });
    expect(reportLines).toEqual([
      {
        ...{ class: 'email', id: expect.stringMatching(/^eml_/), at: expect.any(String), state: 'deleted' },
        record: expect.objectContaining({ subject: 'Invoice 0', sent_by: eve.user }),
      },
    ]);
  }
});

test('a hold that is placed while an erasure runs keeps what is not erased yet', async () => {
  const organization = await newOrganization();
  await storeRecords(running.store, organization, 'logs', recordsOf(150));
  const store = interrupted(paged, 4, () => hold(running.store, organization, ['logs']));
  const { report } = await erasePerson(store, organization, persons.number);
  const { held = 0, deleted = 0 } = report.totals.logs ?? {};
  expect([held > 0, deleted > 0, held + deleted]).toEqual([true, true, 50]);
  const [[, left = []] = []] = await numbersIn(organization, 'logs');
  expect(left).toHaveLength(150 - deleted);
});

test('the event has counts only, and nothing that is stored names the person', async () => {
  const organization = await newOrganization();
  await storeRecords(running.store, organization, 'sms', recordsOf(9));
  const { report } = await erasePerson(running.store, organization, persons.number);
  const event = await erasedEvent(running.store, organization);
  expect(event).toMatchObject({
    entity: { type: 'purge', id: report.erasure_id },
    data: { status: 'done', totals: { sms: { deleted: 3 } } },
  });
  const stored = await tableFor<'erasure'>(running.store, organization).get(erasureRow, { id: report.erasure_id });
  expect(stored).toMatchObject({ status: 'reported' });
  for (const each of [event, stored, report]) expect(JSON.stringify(each)).not.toMatch(/4930123456|usr_eve/);
});

test('an erasure that fails repeatedly ends, and its report says so', async () => {
  const organization = await newOrganization();
  await storeRecords(running.store, organization, 'sms', recordsOf(3));
  const person = persons.number;
  const { body } = erasureMessage({ org_id: organization, erasure_id: 'erasure_failed', person, erase: true });
  const objects = memoryObjects();
  const queues = memoryQueues();
  const handler = erasuresHandler({
    ...testDependencies(running.store, { clock: manualClock(noon.toISOString()) }),
    objects: {
      ...objects,
      put: async (place, ...more) => {
        if (place.key.endsWith('.jsonl')) throw new Error('the bucket is full');
        return objects.put(place, ...more);
      },
    },
    queues,
  });
  const deliver = (receives: number) => handler(batchOf([body], receives));
  expect((await deliver(4)).batchItemFailures).toHaveLength(1);
  // The turn of the process that has failed.
  const later = tableFor<'erasure'>(running.store, organization);
  expect(await later.get(erasureRow, { id: 'erasure_failed' })).toMatchObject({ status: 'running' });
  await commit(running.store, organization, [change(erasureRow, { id: 'erasure_failed' }, { set: { turn_until: 0 } })]);
  expect((await deliver(5)).batchItemFailures).toEqual([]);
  expect(queues.sent.map(({ message }) => message.body)).toEqual([body]);
  await deliver(1);
  const report = await objects.get({ bucket: 'exports', key: erasureReportKey(organization, 'erasure_failed') });
  expect(JSON.parse(Buffer.from(report).toString())).toMatchObject({
    failure: 'INTERNAL_ERROR',
    totals: {},
    parts: [],
  });
  expect(await erasedEvent(running.store, organization)).toMatchObject({ data: { status: 'failed' } });
  expect((await numbersIn(organization, 'sms'))[0]?.[1]).toHaveLength(3);
});

test('without erasing there is no event', async () => {
  const organization = await newOrganization();
  await erasePerson(running.store, organization, persons.number, { erase: false });
  expect(await erasedEvent(running.store, organization)).toBeUndefined();
});

test('a user whose account exists is not erased', async () => {
  const organization = await newOrganization();
  const { user } = await addUser(running.store, 'eve', { organization });
  const party = { user: user.id, number: eve.number };
  await storeRecords(
    running.store,
    organization,
    'sms',
    recordsOf(3).map((each) => ({ ...each, party })),
  );
  const person = { user_id: user.id };
  const { report } = await erasePerson(running.store, organization, person);
  expect(report).toMatchObject({ failure: 'USER_EXISTS', totals: {} });
  const dry = await erasePerson(running.store, organization, person, { erase: false });
  expect(dry.report).toMatchObject({ failure: null, totals: { sms: { deleted: 3 } } });
});

test('records that their user has deleted and a hold keeps are reported as held', async () => {
  const organization = await newOrganization();
  const facts = { at: noon.toISOString(), users: [], entities: ['vm_1'], direction: null, text: '' } as const;
  await commit(running.store, organization, [
    hideRecord('voicemail', { id: 'vm_1', facts: { ...facts, parties: [eve.number] }, record: { id: 'vm_1' } }, noon),
    hideRecord('voicemail', { id: 'vm_2', facts: { ...facts, parties: ['+1'] }, record: { id: 'vm_2' } }, noon),
  ]);
  const { reportLines } = await erasePerson(running.store, organization, persons.number);
  expect(reportLines).toMatchObject([{ class: 'voicemail', id: 'vm_1', state: 'held', record: { id: 'vm_1' } }]);
});

test('a message goes without its entry, and a batch with one of its recipients, if it is finished', async () => {
  const organization = await newOrganization();
  const wanted = recordsOf(3);
  await storeRecords(running.store, organization, 'sms', wanted);
  const table = tableFor<'smslog' | 'smslog@GSI1' | 'sms' | 'batch' | 'hold' | 'holdhead'>(running.store, organization);
  const [message_id = ''] = entitiesOf('sms', wanted[0]!).filter((id) => id.startsWith('msg'));
  const batchId = (index: number) => `${firstIdAt('batch', noon.getTime() - day).slice(0, -1)}${index}`;
  const batch: SmsBatch = {
    ...{ id: batchId(1), kind: 'sms', from: 'Acme', message: '', encoding: 'gsm7', segments: 1, reference: null },
    ...{ category: 'transactional', user_id: null, callback_url: null, scheduled_at: null, validity_minutes: 60 },
    recipients: [eve.number, otherParty.number].map((to) => ({ to, price: null, error: null })),
    ...{ expanded: true, created_at: noon.toISOString() },
  };
  await commit(running.store, organization, [
    whileHoldsStay(await holdsOn(table, 'sms')),
    remove(smsLogRow, { message_id }),
    create(smsBatchRow, batch),
    create(smsBatchRow, { ...batch, id: batchId(2), expanded: false }),
    create(smsBatchRow, { ...batch, id: batchId(3), recipients: batch.recipients.slice(1) }),
  ]);
  const { reportLines } = await erasePerson(running.store, organization, persons.number);
  expect(reportLines.map(({ id, state }) => [id, state])).toEqual([
    [batchId(1), 'deleted'],
    [batchId(2), 'unfinished'],
    [message_id, 'deleted'],
  ]);
  expect(await table.get(smsRow, { id: message_id })).toBeUndefined();
  const batches = await table.query(smsBatchRow, {}, { order: 'asc' });
  expect(batches.items.map(({ id }) => id)).toEqual([batchId(2), batchId(3)]);
});

test('traces of calls go with the log, unless a hold keeps them', async () => {
  const organization = await newOrganization();
  const at = new Date(noon.getTime() - day).toISOString();
  const trace = (call: string, parties: readonly string[]) =>
    create(sipTraceRow, {
      ...{ call_id: call, task: 'task-1', at, legs: [], messages: [], dropped: 0 },
      facts: { at, users: [], parties, entities: [call], direction: null, text: '' },
    });
  await commit(running.store, organization, [
    ...[trace('call_1', [eve.number]), trace('call_2', [otherParty.number]), trace('call_3', [eve.number])],
  ]);
  await hold(running.store, organization, ['logs'], { entity_ids: ['call_3'] });
  const { reportLines } = await erasePerson(running.store, organization, persons.number);
  expect(reportLines.map(({ record: found, state }) => [(found as SipTrace).call_id, state])).toEqual([
    ['call_1', 'deleted'],
    ['call_3', 'held'],
  ]);
  const table = tableFor<'siptrace' | 'siptrace@GSI1'>(running.store, organization);
  const { items } = await table.queryIndex(sipTraceRow, 'GSI1', tracesOf(organization), { order: 'asc' });
  expect(items.map(({ call_id: call }) => call)).toEqual(['call_2', 'call_3']);
});

describe('a CDR', () => {
  const around = aroundErasure({ clock: manualClock('2027-02-01T12:00:00.000Z') });
  const calls = [
    record('one', { caller: eve.number, user_id: eve.user, direction: 'inbound', custom: { note: 'Eve' } }),
    record('two', { callee: '+14155550123', user_id: eve.user }),
    record('three', {}),
  ];
  const rated = async () => {
    const organization = await newOrganization();
    await startIngestion(running.store).deliver({ m1: messageOf(organization, calls) });
    return organization;
  };
  const sumsOf = async (organization: number) => {
    const table = tableFor<'chargeday' | 'usage'>(running.store, organization);
    return {
      charges: await chargesTo(running.store, organization),
      ledger: (await table.query(ledgerDayRow, {})).items,
      usage: (await table.query(usageRow, {})).items,
      numbers: await numberDaysIn(running.store, organization),
    };
  };
  /** Calls of each user, as counters have them. */
  const usersIn = async (organization: number): Promise<Readonly<Record<string, number>>> => {
    const table = tableFor<'callcount'>(running.store, organization);
    const { items } = await table.query(callCountRow, { part: 'places' });
    const sums = items.flatMap((item) => item.sums).filter(({ by }) => by === 'user');
    return Object.fromEntries(
      [...Map.groupBy(sums, ({ key }) => key)].map(([key, own]) => [
        key,
        own.reduce((sum, { counts }) => sum + countsIn(counts).calls, 0),
      ]),
    );
  };
  const cdrOf = (organization: number, call: string) =>
    cdrIn(running.store, organization, cdrId(organization, call, 'a'));
  const called = async (organization: number, callee_party: string) =>
    (await tableFor<'cdrparty'>(running.store, organization).query(cdrPartyRow, { shard: 0, callee_party })).items;

  test('becomes anonymous: searches find the person no more, and no sum changes', async () => {
    const organization = await rated();
    const sums = await sumsOf(organization);
    expect(sums.charges).toMatchObject({ calls: 3 });
    const user = await erasePerson(running.store, organization, persons.user, { around });
    expect(user.report.totals).toEqual({ cdr: { anonymous: 2 } });
    const number = await erasePerson(running.store, organization, persons.number, { around });
    expect(number.report.totals).toEqual({ cdr: { anonymous: 1 } });
    const other = await erasePerson(running.store, organization, { number: '+14155550123' }, { around });
    expect(other.report.totals).toEqual({ cdr: { anonymous: 1 } });
    expect(await sumsOf(organization)).toEqual(sums);
    expect(await usersIn(organization)).toEqual({ '': 3, [eve.user]: 0 });
    expect(await cdrOf(organization, 'one')).toMatchObject({
      ...{ caller: '+493012', callee: '+1415555', user_id: null, custom: {}, anonymous: true },
    });
    expect(await called(organization, '+14155550123')).toEqual([]);
    expect(await called(organization, '+1415555')).toHaveLength(2);
    expect(await called(organization, '+14155555678')).toHaveLength(1);
    expect(await cdrOf(organization, 'three')).not.toHaveProperty('anonymous');
  });

  test('stays while its period is open, and is reported', async () => {
    const organization = await rated();
    const { report } = await erasePerson(running.store, organization, persons.user);
    expect(report.totals).toEqual({ cdr: { unfinished: 2 } });
    expect(await cdrOf(organization, 'one')).toMatchObject({ caller: eve.number, user_id: eve.user });
  });

  test('that changes while it is read is read again', async () => {
    const organization = await rated();
    const id = cdrId(organization, 'two', 'a');
    const store = interrupted(running.store, 2, async () => {
      const stored = await cdrIn(running.store, organization, id);
      if (stored !== undefined)
        await commit(running.store, organization, [overwrite(cdrRow, { ...stored, updates: 1, quality: null })]);
    });
    await erasePerson(store, organization, persons.user, { around });
    expect(await cdrOf(organization, 'two')).toMatchObject({ updates: 1, anonymous: true, user_id: null });
  });
});

describe('the event log', () => {
  const keyOf = (person: string, org_id: number) => ({ person, org_id, sealed: 'sealed' });
  const keysOf = async (person: string) =>
    (await tableFor<'personkey'>(running.store, 8_000).query(personKeyRow, { person })).items.length;

  test('forgets a user in all organizations, unless a hold keeps entries', async () => {
    const organization = await newOrganization();
    const person = `usr_gone${organization}`;
    const keys = [organization, organization + 1_000].map((of) => create(personKeyRow, keyOf(person, of)));
    await commit(running.store, organization, keys);
    const dry = await erasePerson(running.store, organization, { user_id: person }, { erase: false });
    expect([dry.report.event_log, await keysOf(person)]).toEqual(['forgotten', 2]);
    const release = await hold(running.store, organization, ['eventlog'], { user_ids: ['usr_other'] });
    const held = await erasePerson(running.store, organization, { user_id: person });
    expect([held.report.event_log, await keysOf(person)]).toEqual(['held', 2]);
    await release();
    const erased = await erasePerson(running.store, organization, { user_id: person });
    expect([erased.report.event_log, await keysOf(person)]).toEqual(['forgotten', 0]);
  });

  test('forgets a number', async () => {
    const organization = await newOrganization();
    const around = aroundErasure();
    const code = await sealsFrom(around.secrets).lookupCode(eve.number, outsiderCodeContext(organization));
    await commit(running.store, organization, [
      create(outsiderRow, { code, person: 'prs_eve', erased_at: null }),
      create(personKeyRow, keyOf('prs_eve', organization)),
    ]);
    await erasePerson(running.store, organization, persons.number, { around });
    expect(await keysOf('prs_eve')).toBe(0);
    const table = tableFor<'outsider'>(running.store, organization);
    expect(await table.get(outsiderRow, { code })).toMatchObject({ person: null });
  });

  test('keeps the key if a hold is placed while it is deleted', async () => {
    const organization = await newOrganization();
    const person = `usr_late${organization}`;
    await commit(running.store, organization, [create(personKeyRow, keyOf(person, organization))]);
    const store = interrupted(running.store, 2, () => hold(running.store, organization, ['eventlog']));
    await expect(erasePerson(store, organization, { user_id: person })).rejects.toThrow('a job failed');
    expect(await keysOf(person)).toBe(1);
  });
});
