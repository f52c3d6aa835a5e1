import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import {
  manualClock,
  testDependencies,
  memoryQueues,
  type MemoryQueues,
  noon,
} from '#test/support/dependencies.fixture.ts';
import { tenantsIn, userOf, type Tenants } from '#test/support/people.fixture.ts';
import { trunkOf, numberOf } from '#test/support/resources.fixture.ts';
import * as z from 'zod';
import { beforeAll, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { numberRow, type NumberItem } from '#dynamodb/rows/number.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { addAccount, chargesTo, startIngestion } from '../cdr-ingest/ingest.fixture.ts';
import { cdrHandler } from './handler.ts';

const at = noon.toISOString();
const heldBy = (holder: number | null, number: string): NumberItem =>
  numberOf({
    id: `num_${number.slice(1)}`,
    number,
    state: holder === null ? 'available' : 'active',
    org_id: holder,
    activated_at: at,
  });

const [reseller, customer, stranger] = [3001, 3002, 3003];
const numbers = {
  resellers: '+12125550101',
  customers: '+12125550102',
  strangers: '+12125550103',
  free: '+12125550104',
};

const running = testStore();
let tenants: Tenants;
let queues: MemoryQueues;
let handler: ApiHandler;
let token: string;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  queues = memoryQueues();
  handler = cdrHandler({ ...testDependencies(running.store, { clock: manualClock(at) }), queues });
  token = await tenants.join(reseller, { user: { roles: ['reseller'] } });
  await addAccount(running.store, reseller, { type: 'reseller' });
  await addAccount(running.store, customer, { parent_id: reseller });
  await addAccount(running.store, stranger);
  await commit(running.store, reseller, [
    overwrite(numberRow, heldBy(reseller, numbers.resellers)),
    overwrite(numberRow, heldBy(customer, numbers.customers)),
    overwrite(numberRow, heldBy(stranger, numbers.strangers)),
    overwrite(numberRow, heldBy(null, numbers.free)),
    overwrite(trunkRow, trunkOf({ id: 'trunk_own', org_id: reseller })),
    overwrite(userRow, userOf('usr_own', {})),
  ]);
  await commit(running.store, customer, [overwrite(trunkRow, trunkOf({ id: 'trunk_customer', org_id: customer }))]);
});

const Answer = z.object({ results: z.array(z.object({ org_id: z.string().optional(), code: z.string().optional() })) });

let batch = 0;
async function post(records: readonly unknown[], asked: { readonly as?: string; readonly org_id?: string } = {}) {
  batch += 1;
  const reply = await call(handler, 'POST /cdr/{id}', {
    token: asked.as ?? token,
    params: { id: `b${batch}` },
    json: { records },
    ...(asked.org_id === undefined ? {} : { query: { org_id: asked.org_id } }),
  });
  expect(outcome(reply)).toBe('200');
  return Answer.parse(reply.body).results.map(({ org_id, code }) => code ?? org_id);
}

let calls = 0;
const from = (caller: string, more: Record<string, unknown> = {}) =>
  record(`call-${(calls += 1)}`, { caller, ...more });

test("a reseller's records without org_id belong to the customer that holds their number; results say so", async () => {
  expect(
    await post([
      from(numbers.customers, { trunk_id: 'trunk_customer' }),
      from('(212) 555-0102'),
      from('+442079460000', { direction: 'inbound', callee: numbers.customers }),
      from(numbers.resellers),
      from(numbers.strangers),
      from(numbers.free),
      from('+12125550199', { trunk_id: 'trunk_customer' }),
      from(numbers.customers, { direction: 'internal' }),
    ]),
  ).toEqual(
    [customer, customer, customer, reseller, reseller, reseller, reseller, reseller].map((org) => `org_${org}`),
  );
});

test("the reseller's own trunk or user decides before the number", async () => {
  expect(
    await post([
      from(numbers.customers, { trunk_id: 'trunk_own' }),
      from(numbers.customers, { user_id: 'usr_own' }),
      from(numbers.customers, { trunk_id: 'usr_own', device_id: 'trunk_own' }),
    ]),
  ).toEqual([`org_${reseller}`, `org_${reseller}`, `org_${customer}`]);
});

test('org_id of the record or of the request decides before everything', async () => {
  expect(await post([from(numbers.customers, { org_id: reseller })])).toEqual([`org_${reseller}`]);
  expect(await post([from(numbers.resellers), from('x')], { org_id: `org_${customer}` })).toEqual([
    `org_${customer}`,
    `org_${customer}`,
  ]);
});

test('a customer files its own, whoever holds the numbers', async () => {
  const as = await tenants.join(3004, {});
  expect(await post([from(numbers.customers), from(numbers.strangers)], { as })).toEqual(['org_3004', 'org_3004']);
});

test('a result names the organization of a duplicate and of a conflict, but none out of reach', async () => {
  const filed = from(numbers.customers);
  expect(
    await post([filed, filed, { ...filed, callee: 'alice' }, from(numbers.customers, { org_id: stranger })]),
  ).toEqual([`org_${customer}`, `org_${customer}`, 'CDR_CONFLICT', 'FORBIDDEN_ORG']);
});

test("the queue brings each record to its organization's account, once", async () => {
  queues.sent.splice(0);
  const records = [from(numbers.customers), from(numbers.resellers)];
  await post(records);
  await post(records);
  const { deliver, letters } = startIngestion(running.store, { clock: () => noon });
  const bodies = queues.sent
    .splice(0)
    .map(({ message }, index) => [`m${index}`, JSON.stringify(message.body)] as const);
  expect(await deliver(Object.fromEntries(bodies), 2)).toEqual([]);
  expect(letters).toEqual([]);
  for (const organization of [customer, reseller])
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 1 });
  expect(await post(records)).toEqual([`org_${customer}`, `org_${reseller}`]);
  expect(queues.sent).toEqual([]);
});
