import { expect, test } from 'vitest';
import { cascadingDeletes } from '#functions/system/cascading-deletes/contract.ts';
import { cascadingDeletesHandler, type CascadeFolder } from '#functions/system/cascading-deletes/handler.ts';
import { consequences } from '#functions/system/consequences/contract.ts';
import { eventSealer, sealMessage } from '#functions/system/event-sealer/contract.ts';
import { eventSealerHandler } from '#functions/system/event-sealer/handler.ts';
import { sweeper } from '#functions/system/sweeper/contract.ts';
import { sweeperHandler } from '#functions/system/sweeper/handler.ts';
import { namesFor } from '#infra/names.ts';
import { withConsequences } from '#contract/consequences.ts';
import { effectsOf } from '#contract/resource.ts';
import { withSharedQueues } from '#contract/shared-queues.ts';
import { commit } from '#dynamodb/commit.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { authHandler } from '#functions/accounts/auth/handler.ts';
import { batchOf } from '../support/sqs-record.fixture.ts';
import { adminPassword, testDependencies } from '../support/dependencies.fixture.ts';
import { catalogueAssets } from '../support/event-catalogue.fixture.ts';
import { fastPasswords } from '../support/people.fixture.ts';
import { call } from '../support/requests.fixture.ts';
import { rotatedSecret } from '../support/secrets.fixture.ts';
import { testStore } from '../support/store.fixture.ts';
import { serialResets } from '../support/newcomer/serial-resets/contract.ts';
import { createSerial, serials, takeSerialValue } from '../support/newcomer/serials/contract.ts';
import { examples } from '../support/newcomer/serials/examples.ts';
import { serialsHandler } from '../support/newcomer/serials/handler.ts';
import { serialRow } from '../support/newcomer/serials/row.ts';
import { assemblyOf, bundlesFor } from './app.fixture.ts';

/**
 * A resource and a consumer in two folders of `test/support/newcomer`, which nothing else in the repository names.
 * Senders of events serve them because they are in the list of contracts.
 */
const organization = 5401;
const senders = withSharedQueues([eventSealer, sweeper, consequences, cascadingDeletes]);
const contracts = withConsequences([...senders, serials, serialResets]);

const stores = testStore();

const dependenciesOfTest = () => testDependencies(stores.store);

test('senders are granted what a new contract declares, and nothing else changes', () => {
  const added = (name: string) => {
    const [before, after] = [senders, contracts].map((list) => list.find((contract) => contract.name === name));
    return before && after ? effectsOf(after).filter((effect) => !effectsOf(before).includes(effect)) : [];
  };
  expect(added('event-sealer')).toEqual([
    // Cascades start with the event of a closed organization.
    { kind: 'sends', queue: 'consequences' },
    { kind: 'sends', queue: 'serial-resets' },
  ]);
  expect(added('sweeper')).toEqual([{ kind: 'sends', queue: 'serial-resets' }]);
  expect(added('consequences')).toEqual([{ kind: 'writes', entity: 'serial' }]);
});

test('the IAM policies of the senders name its queue and its entity', () => {
  const app = bundlesFor(contracts);
  const assembly = assemblyOf(contracts, app);
  app.remove();
  const policyOf = (name: string): string =>
    JSON.stringify(
      assembly.resources.filter(({ type, logicalId }) => type === 'AWS::IAM::Policy' && logicalId.startsWith(name)),
    );
  const queue = namesFor('test').queue('serial-resets');
  expect(policyOf('eventsealer')).toContain(queue);
  expect(policyOf('sweeper')).toContain(queue);
  expect(policyOf('consequences')).toContain('serial#*');
});

test('its endpoints answer like all others', async () => {
  const dependencies = dependenciesOfTest();
  const credentials = { username: 'admin', password: adminPassword };
  const auth = authHandler(dependencies, fastPasswords());
  const session = await call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: credentials });
  const api = serialsHandler(dependencies);
  const to = (name: string) => ({ token: session.body.data['token'] ?? '', params: { name } });
  const created = await call(api, createSerial.route, { ...to('invoices'), json: examples.createSerial });
  const taken = await call(api, takeSerialValue.route, to('invoices'));
  const missing = await call(api, takeSerialValue.route, to('orders'));
  expect([created, taken, missing].map(({ status }) => status)).toEqual([201, 200, 404]);
  expect(taken.body.data).toEqual({ name: 'invoices', next: 2, step: 1 });
});

test('an event starts the consumer that declares it', async () => {
  const dependencies = dependenciesOfTest();
  const ids: string[] = [];
  const record = recorder({
    origin: systemOrigin,
    organization,
    now: dependencies.clock(),
    nextId: (prefix) => {
      const id = dependencies.nextId(prefix);
      ids.push(id);
      return id;
    },
  });
  const event = record('serial.created', {
    entity: { type: 'serial', id: 'invoices' },
    description: 'Serial invoices created',
    after: { name: 'invoices' },
  });
  await commit(stores.store, organization, [event]);
  const seal = eventSealerHandler({ ...dependencies, secrets: rotatedSecret() }, catalogueAssets, contracts);
  await seal(batchOf([sealMessage({ org_id: organization, id: ids[0] ?? '' }).body]));
  expect(dependencies.queues.sent).toMatchObject([
    { queue: 'serial-resets', message: { body: { org_id: organization, name: 'invoices' } } },
  ]);
});

test('a due pointer starts the consumer that declares its kind, and a pointer of an unknown kind remains', async () => {
  const dependencies = dependenciesOfTest();
  const at = dependencies.clock().toISOString();
  const pointers = ['serial.month_end', 'serial.year_end'].map((kind) =>
    scheduleDue({ kind, at, org_id: organization, subject: 'invoices' }),
  );
  await commit(stores.store, 0, pointers);
  const sweep = sweeperHandler(dependencies, contracts);
  await sweep({ time: at });
  await sweep({ time: at });
  expect(dependencies.queues.sent).toMatchObject([
    { queue: 'serial-resets', message: { body: { org_id: organization, name: 'invoices' }, delay: 0 } },
  ]);
});

test('a cascade runs after the event that its contract names', async () => {
  const table = tableFor<'serial'>(stores.store, organization);
  const writes = ['invoices', 'orders'].map((name) => overwrite(serialRow, { name, next: 1, step: 1 }));
  await commit(stores.store, organization, writes);
  const folders: CascadeFolder[] = [
    { events: ['org.closed'], load: () => import('../support/newcomer/serials/cascade.ts') },
  ];
  const removeAll = cascadingDeletesHandler(dependenciesOfTest(), () => folders);
  await removeAll(batchOf([{ schema: 'removal.v1', org_id: organization, type: 'org.closed', id: 'org_5401' }]));
  expect((await table.query(serialRow, {}, {})).items).toEqual([]);
});
