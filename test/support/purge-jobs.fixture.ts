import { Readable } from 'node:stream';
import { readKeys } from '#bin/verify-archive/signature.ts';
import { verifyArchives } from '#bin/verify-archive/verify.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { tableFor, type Range, type Slice } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { found } from '#errors.ts';
import { call } from './requests.fixture.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { day } from '#schema/time.ts';
import type { Secrets } from '#secrets/secrets.ts';
import { manualClock, memoryQueues, noon, testDependencies, type ManualClock } from './dependencies.fixture.ts';
import { memoryObjects, type MemoryObjects } from './objects.fixture.ts';
import { memorySecrets } from './secrets.fixture.ts';
import { hold } from './legal-holds.fixture.ts';
import { batchOf } from './sqs-record.fixture.ts';
import { keySetHandler } from '#functions/accounts/jwks/handler.ts';
import { notProvisioned, type Archiving } from '#functions/system/archiving-provisioning/provisioning.ts';
import { archivingRow } from '#functions/system/archiving-provisioning/row.ts';
import { countRecords } from '#functions/system/purges/sources/reading.ts';
import { newPurge, NewPurge, presentCounts, type Purge, type PurgeBody } from '#functions/system/schema/purge.ts';
import {
  audioKeys,
  callOf,
  instants,
  otherParty,
  storedNumbers,
  storeRecords,
  type Wanted,
} from '#functions/system/purges/records.fixture.ts';
import { beginWrites, lastPurge } from '#functions/system/rows/purge.ts';
import { retentionOf } from '#functions/system/purges/sources/retentions.ts';
import { purgeMessage } from '#functions/system/purge-jobs/contract.ts';
import { purgeJobsHandler } from '#functions/system/purge-jobs/handler.ts';

/** A process that dies at its n-th call of the store: before that call is sent, or after its answer was lost. */
export function dyingStore(store: Store, calls: number, isAnswerLost: boolean) {
  let left = calls;
  const { client } = store;
  const send: typeof client.send = async (command: object) => {
    left -= 1;
    if (left > 0) return client.send(command as never);
    if (left === 0 && isAnswerLost) await client.send(command as never);
    throw new Error('the process was killed');
  };
  return { store: { ...store, client: { send } }, isDead: () => left <= 0 };
}

/** What purges work with, besides the store. */
export type Around = {
  readonly clock: ManualClock;
  readonly objects: MemoryObjects;
  readonly secrets: Secrets;
};
/** @param shared the secrets of the store, where the first signature makes a key, and the clock of that key */
export const newAround = (shared: Partial<Around> = {}): Around => ({
  ...{ clock: manualClock(noon.toISOString()), objects: memoryObjects(), secrets: memorySecrets() },
  ...shared,
});

/** Objects that a dying process writes no more. */
const dyingObjects = (objects: MemoryObjects, isDead: () => boolean): MemoryObjects => {
  const alive = (): void => {
    if (isDead()) throw new Error('the process was killed');
  };
  return {
    ...objects,
    begin: async (...of) => (alive(), objects.begin(...of)),
    part: async (...of) => (alive(), objects.part(...of)),
    finish: async (...of) => (alive(), objects.finish(...of)),
    put: async (...of) => (alive(), objects.put(...of)),
  };
};

/**
 * Delivers the messages of a job that works in turns until none is left. The first processes die, each at another call.
 * @param deaths number of calls after which each of the first processes dies
 */
export const workOffJob =
  (handlerOf: typeof purgeJobsHandler) =>
  async (
    store: Store,
    first: readonly object[],
    deaths: readonly number[] = [],
    { clock, objects, secrets }: Around = newAround(),
  ): Promise<{ readonly died: number }> => {
    const queue: object[] = [...first];
    let died = 0;
    for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
      const calls = deaths[died];
      const dying = calls === undefined ? { store, isDead: () => false } : dyingStore(store, calls, died % 2 === 0);
      const queues = memoryQueues();
      const dependencies = testDependencies(dying.store, { clock, secrets });
      const handler = handlerOf({ ...dependencies, queues, objects: dyingObjects(objects, dying.isDead) });
      const { batchItemFailures } = await handler(batchOf([body]));
      // A turn that no process ended is over after its time.
      if (batchItemFailures.length > 0) {
        if (calls === undefined) throw new Error('a job failed', { cause: dependencies.faults[0] });
        died += 1;
        clock.advance(31);
        queue.push(body);
      }
      queue.push(...queues.sent.filter((each) => each.queue === 'jobs').map(({ message }) => message.body as object));
    }
    return { died };
  };

/** The same for purges. */
export const workOff = workOffJob(purgeJobsHandler);

/** Of so many records one is about a party that a hold names, and so many of the youngest are not due. */
const spacing = 20;

/** Records of which some are about parties that holds name, and of which the youngest are not due. */
function recordsOf(of: RecordClass, records: number): Wanted[] {
  const at = [...instants(records - spacing, noon, 2_600), ...instants(spacing, noon, 0)];
  return at.map((each, index) => {
    // Only a beginning of the event log goes: those that are held come late.
    const isHeld = of === 'eventlog' ? index >= records * 0.8 : index % spacing === 0;
    const nth = Math.floor(index / spacing) % 10;
    // Entries have users, and no numbers.
    const user = isHeld && (nth < 6 || of === 'eventlog') ? 'usr_held' : otherParty.user;
    const number = isHeld && nth > 3 ? '+4930123456' : otherParty.number;
    return { at: each, index, party: { user, number } };
  });
}

const isKept = ({ index, party }: Wanted, records: number): boolean =>
  index >= records - spacing || party.user !== otherParty.user || party.number !== otherParty.number;

/** Three holds, each of which means some of these records, and two of which mean some together. */
async function placeHolds(store: Store, organization: number, of: RecordClass, wanted: readonly Wanted[]) {
  await hold(store, organization, [of], { user_ids: ['usr_held'] });
  await hold(store, organization, [of], { numbers: ['+4930123456'] });
  const some = wanted.filter(({ index }) => index % spacing === 0);
  await hold(store, organization, [of], { entity_ids: some.slice(0, 50).map(callOf), user_ids: ['usr_held'] });
}

/** A purge as the API makes it. */
export async function newPurgeOf(store: Store, organization: number, of: RecordClass, more: Partial<PurgeBody> = {}) {
  const retention = found(await retentionOf(tableFor(store, organization), of), 'Organization');
  const wanted = NewPurge.parse({ class: of, dry_run: false, ...more });
  return newPurge(wanted, retention, { id: `purge_${organization}`, by: 'usr_1', now: noon });
}

/** Begins a purge and works it off. */
export async function runPurge(
  store: Store,
  organization: number,
  purge: Purge,
  { deaths = [], around = newAround() }: { readonly deaths?: readonly number[]; readonly around?: Around } = {},
) {
  await commit(store, organization, beginWrites(await lastPurge(tableFor(store, organization), purge.class), purge));
  const message = purgeMessage({ org_id: organization, class: purge.class, purge_id: purge.id });
  // Events of the same instant have no order.
  around.clock.advance(1);
  return workOff(store, [message.body], deaths, around);
}

/** What the event of the last purge says, of any number of events. */
export async function resultOf(store: Store, organization: number): Promise<EventItem['data'] | undefined> {
  const table = tableFor<'event'>(store, organization);
  let last: EventItem | undefined;
  let after: string | undefined;
  do {
    const range: Range = { order: 'asc', ...(after === undefined ? {} : { after }) };
    const { items, cursor }: Slice<EventItem> = await table.query(eventRow, {}, range);
    last = items.findLast(({ type }) => type === 'archiving.purged') ?? last;
    after = cursor;
  } while (after !== undefined);
  return last?.data;
}

/**
 * Stores records of a class, places three holds, counts what a purge would delete, and runs it while processes die.
 * @returns what was counted, and what the table itself has afterwards
 */
export async function purgeKilled(
  store: Store,
  organization: number,
  of: RecordClass,
  {
    records,
    kills,
    around = newAround(),
    ...more
  }: Partial<PurgeBody> & { readonly records: number; readonly kills: number; readonly around?: Around },
) {
  const wanted = recordsOf(of, records);
  await storeRecords(store, organization, of, wanted);
  for (const key of audioKeys(organization, of, wanted)) around.objects.kept.set(key, Buffer.from(`audio of ${key}`));
  await placeHolds(store, organization, of, wanted);
  const before = of === 'voicemail' ? { before: new Date(noon.getTime() - day).toISOString() } : {};
  const purge = await newPurgeOf(store, organization, of, { ...before, ...more });
  const table = tableFor(store, organization);
  const counted = await countRecords({ ...purge, dry_run: true }, { table, environment: {}, isOver: () => false });
  const deaths = Array.from({ length: kills }, (_, at) => 4 + (at % 5) * Math.ceil(records / 4_000));
  const { died } = await runPurge(store, organization, purge, { deaths, around });
  const firstKept = wanted.findIndex((each) => isKept(each, records));
  const kept = wanted.filter((each, at) => (of === 'eventlog' ? at >= firstKept : isKept(each, records)));
  return {
    died,
    expected: kept.map(({ index }) => index),
    stored: await storedNumbers(store, organization, of),
    counted: presentCounts({ ...purge, ...found(counted ?? undefined, 'Count') }),
    result: await resultOf(store, organization),
  };
}

/** A store that does something before its n-th transaction. */
export function interrupted(store: Store, nth: number, interrupt: () => Promise<unknown>): Store {
  let transactions = 0;
  const { client } = store;
  const send: typeof client.send = async (command: object) => {
    if (command.constructor.name === 'TransactWriteItemsCommand' && (transactions += 1) === nth) await interrupt();
    return client.send(command as never);
  };
  return { ...store, client: { send } };
}

/** Stores some records of a class, all of which are due. */
export const storeOld = (store: Store, organization: number, of: RecordClass, count: number) =>
  storeRecords(
    store,
    organization,
    of,
    instants(count, noon, 2_600).map((at, index) => ({ at, index, party: otherParty })),
  );

/** How many records of a class are left, by entity. */
export const leftIn = async (store: Store, organization: number, of: RecordClass) =>
  [...(await storedNumbers(store, organization, of)).values()].map((numbers) => numbers.length);

export const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((one, other) => one - other);

/** Gives an organization an archive. */
export const provisionArchive = (store: Store, organization: number, more: Partial<Archiving> = {}) =>
  commit(store, organization, [
    create(archivingRow, { ...notProvisioned, enabled: true, version: 1, ...more } satisfies Archiving),
  ]);

/** What the verifier says of all archives, by the public keys as the platform publishes them. */
export async function verifyKept(store: Store, { objects: { kept }, ...shared }: Around) {
  const handler = keySetHandler(testDependencies(store, shared));
  const { body } = await call(handler, 'GET /.well-known/archive-keys.json');
  const source = {
    async *keys(folder = 'archive/') {
      for (const key of kept.keys()) if (key.startsWith(folder)) yield key;
    },
    open: async (key: string) => {
      const bytes = kept.get(key);
      return bytes === undefined ? undefined : Readable.from([bytes]);
    },
  };
  return verifyArchives(source, { keys: readKeys(JSON.stringify(body)) });
}
