import { readShards } from '#dynamodb/index-shards.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow, pendingPartition } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { transact } from '#dynamodb/transact.ts';
import { create } from '#dynamodb/write.ts';
import { chainBreaks, entryHash, startOfChain, type EventLogEntry } from '#schema/event-log.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { sealMessage } from '../../system/event-sealer/contract.ts';
import { eventSealerHandler } from '../../system/event-sealer/handler.ts';
import { forgetPerson } from '../rows/person-key.ts';
import { eventLogHandler } from './handler.ts';
import { eventLogRow } from './row.ts';

/** What readers see of persons, before and after they are forgotten. */

const secrets = rotatedSecret();
const clock = manualClock(noon.toISOString());
const running = testStore();
let tenants: Tenants;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
});

const dependencies = () => testDependencies(running.store, { clock, secrets });

/** Lets the sealer have all that waits for it. */
async function sealAllPending(): Promise<void> {
  const table = tableFor<'event@GSI2'>(running.store, 0);
  const shards = await Promise.all(
    readShards.map((shard) => table.queryIndex(eventRow, 'GSI2', pendingPartition(shard))),
  );
  const seal = eventSealerHandler(dependencies(), catalogueAssets);
  const bodies = shards.flatMap(({ items }) => items).map((event) => sealMessage(event).body);
  expect(await seal(batchOf(bodies))).toEqual({ batchItemFailures: [] });
}

type Found = { readonly results: readonly EventLogEntry[] } & EventLogEntry;
const dataOf = ({ body }: { readonly body: unknown }) => (body as { readonly data: Found }).data;

let last = 7000;
async function tenant(store = running.store) {
  last += 1;
  const organization = last;
  const user = { id: `usr_ann${organization}`, username: `ann${organization}`, email: `ann${organization}@b.example` };
  const token = await tenants.join(organization, { user });
  const params = { orgId: String(organization) };
  const handler = eventLogHandler(testDependencies(store, { clock, secrets }), catalogueAssets);
  return {
    organization,
    user,
    file: async (more: object = {}) => {
      const json = { event_type: 'door.opened', description: 'The door opened', ...more };
      const { body } = await call(handler, 'PUT /eventlog/{orgId}', { token, params, json });
      clock.advance(1);
      return String((body.data as { readonly event_log_id?: string }).event_log_id);
    },
    get: async (eventLogId: string) =>
      dataOf(await call(handler, 'GET /eventlog/{orgId}/{eventLogId}', { token, params: { ...params, eventLogId } })),
    search: async (json: object = {}) =>
      dataOf(await call(handler, 'POST /eventlog/{orgId}', { token, params, json: { sort_order: 'asc', ...json } }))
        .results,
    forget: (person: string) =>
      forgetPerson(organization, person, {
        tableOf: (of) => tableFor(running.store, of),
        transact: (of, decide) => transact(dependencies(), { organization: of, decide }),
        seals: sealsFrom(secrets),
        clock: clock.now,
      }),
  };
}

describe('a sealed entry', () => {
  test('is answered with the values of its persons, and verifies from the answer alone', async () => {
    const { user, file, get, search } = await tenant();
    const id = await file({ ip_address: '2001:db8::1', metadata: { who: user.username } });
    const pending = await get(id);
    await sealAllPending();
    const entry = await get(id);
    expect({ ...entry, chain: null }).toEqual({ ...pending, chain: null });
    expect(entry.actor).toMatchObject({ name: user.username, email: user.email });
    expect(Object.keys(entry.chain.pseudonyms ?? {}).sort()).toEqual(Object.keys(entry.chain.keys ?? {}).sort());
    expect(await search()).toEqual([entry]);
    expect(chainBreaks([entry])).toEqual([]);
    expect(entryHash(entry)).toBe(entry.chain.hash);
  });

  test('of before is answered as it is', async () => {
    const { organization, get } = await tenant();
    const { chain: _chain, ...clear } = {
      event_log_id: 'evl_old',
      org_id: organization,
      event_type: 'user.created',
      severity: 'info',
      actor: { id: 'usr_1', type: 'user' as const, name: 'ann', email: null },
      resource: { type: 'user', id: 'usr_2', name: null },
      description: 'User bob created',
      metadata: { changes: null },
      ip_address: '192.0.2.1',
      user_agent: 'curl',
      recorded_by: 'usr_1',
      request_id: null,
      created_at: noon.toISOString(),
      chain: null,
    };
    const link = { seq: 1, prev_hash: startOfChain.hash };
    const chain = { state: 'sealed' as const, ...link, hash: entryHash({ ...clear, chain: link }) };
    await commit(running.store, organization, [create(eventLogRow, { ...clear, chain })]);
    expect(await get('evl_old')).toEqual({ ...clear, chain });
  });
});

describe('a search', () => {
  test('filters by the values of persons, and no longer once they are forgotten', async () => {
    const { user, file, search, forget } = await tenant();
    const ids = [
      await file({ description: `Opened by ${user.username}`, resource_type: 'door', resource_id: 'a' }),
      await file({ ip_address: '198.51.100.7' }),
      await file({ ip_address: '198.51.100.8', actor_id: 'usr_bob' }),
    ];
    const found = async (filter: object) => (await search(filter)).map(({ event_log_id }) => event_log_id);
    for (const state of ['pending', 'sealed']) {
      if (state === 'sealed') await sealAllPending();
      expect(await found({ search_text: `opened ${user.username}` })).toEqual([ids[0]]);
      expect(await found({ ip_address: '198.51.100.7' })).toEqual([ids[1]]);
      expect(await found({ ip_address: '198.51.100.8', actor_id: 'usr_bob' })).toEqual([ids[2]]);
      expect(await found({ resource_type: 'door', resource_id: 'a' })).toEqual([ids[0]]);
      expect(await found({ actor_id: user.id })).toEqual(ids.slice(0, 2));
    }
    await forget(user.id);
    expect(await found({ search_text: user.username })).toEqual([]);
    expect(await found({ ip_address: '198.51.100.7' })).toEqual([]);
    expect(await found({ ip_address: '198.51.100.8' })).toEqual([ids[2]]);
    expect(await found({ actor_id: user.id })).toEqual(ids.slice(0, 2));
    const entries = await search();
    expect(entries.map(({ actor, description }) => [actor.name, description])).toEqual([
      [null, 'Erased'],
      [null, 'The door opened'],
      [null, 'The door opened'],
    ]);
    expect(chainBreaks(entries)).toEqual([]);
  });

  test.each(['created_at', 'severity'])('finds an outsider by its number, ordered by %s', async (sort_by) => {
    const { file, search, forget } = await tenant();
    const named = { resource_type: 'visitor', resource_id: '+14155550123' };
    await file(named);
    await file({ ...named, resource_id: '+14155550124' });
    await sealAllPending();
    await file(named);
    const found = async () =>
      (await search({ ...named, sort_by })).map(({ chain, resource }) => [chain.state, resource?.id]);
    expect((await found()).map(([state]) => state)).toEqual(['sealed', 'pending']);
    expect((await search({ resource_id: named.resource_id, sort_by })).length).toBe(2);
    await forget(named.resource_id);
    expect(await found()).toEqual([['pending', named.resource_id]]);
    expect((await search({ resource_type: 'visitor' })).map(({ resource }) => resource?.id)).toEqual([
      null,
      '+14155550124',
      named.resource_id,
    ]);
  });

  test('of another organization finds no outsider', async () => {
    const [one, other] = [await tenant(), await tenant()];
    const named = { resource_type: 'visitor', resource_id: 'guest@example.com' };
    await one.file(named);
    await sealAllPending();
    expect([(await one.search(named)).length, (await other.search(named)).length]).toEqual([1, 0]);
  });

  test('reads the keys of a page in one round trip', async () => {
    const { client } = running.store;
    let reads = 0;
    const send: typeof client.send = (command: object) => {
      if (command instanceof BatchGetItemCommand && JSON.stringify(command.input).includes('personkey#')) reads += 1;
      return client.send(command as never);
    };
    const { file, search } = await tenant({ ...running.store, client: { send } });
    for (let at = 0; at < 6; at += 1) await file({ actor_id: `usr_many${at}`, ip_address: `192.0.2.${at}` });
    await sealAllPending();
    expect(await search()).toHaveLength(6);
    expect(reads).toBe(1);
    expect(await search({ search_text: 'door' })).toHaveLength(6);
    expect(reads).toBe(2);
  });
});
