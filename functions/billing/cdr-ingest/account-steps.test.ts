import { describe, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { contextOf } from '#runtime/background-context.ts';
import { reportBalance } from '../charging/balance-steps.ts';
import { chargeReseller, fileNew, openOrganizationRun, readStored, type OrganizationRun } from './account-steps.ts';
import type { Arrival } from './arrival.ts';
import { cdrIngest } from './contract.ts';
import { keyLimit } from './key-steps.ts';
import { arrivalOf } from './filed-cdr.fixture.ts';
import { addAccount, chargesTo } from './ingest.fixture.ts';
import { changeStored } from './replacement-steps.ts';
import { tariffCache } from './tariff-cache.ts';

const running = testStore();

let last = 9000;

/** A new organization; `open` opens a new run for it. */
async function customer(more: Parameters<typeof addAccount>[2] = {}) {
  last += 1;
  const organization = last;
  await addAccount(running.store, organization, more);
  const dependencies = testDependencies(running.store);
  const deadline = dependencies.clock().getTime() + 3_500;
  const open = async (): Promise<OrganizationRun> => {
    const context = contextOf(cdrIngest, dependencies);
    const run = await openOrganizationRun(organization, [], {
      context,
      cache: tariffCache(100),
      limitKeys: keyLimit(),
      deadline,
    });
    if (run === null) throw new Error('the organization does not exist');
    return run;
  };
  const arrival = (fields: object = {}, from: Parameters<typeof arrivalOf>[1] = {}): Arrival =>
    arrivalOf({ org_id: organization, ...fields }, from);
  return { organization, dependencies, open, arrival };
}

test('there is no run for an organization that does not exist', async () => {
  const context = contextOf(cdrIngest, testDependencies(running.store));
  expect(
    await openOrganizationRun(4_242, [], {
      context,
      cache: tariffCache(1),
      limitKeys: keyLimit(),
      deadline: Infinity,
    }),
  ).toBeNull();
});

describe('filing', () => {
  test('stores new CDRs, and answers those that are stored already', async () => {
    const { organization, open, arrival } = await customer();
    const [one, two] = [arrival(), arrival({ call_id: 'call-2' })];
    expect(await fileNew(await open(), [one])).toEqual({ stored: new Map(), undecided: new Map() });
    const { stored, undecided } = await fileNew(await open(), [one, two]);
    expect([[...stored.keys()], undecided.size]).toEqual([[one.cdr.id], 0]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 191_000n, calls: 2 });
    expect((await readStored(await open(), [one, two])).map(([id]) => id)).toEqual([one.cdr.id, two.cdr.id]);
  });

  test('begins no transaction after the deadline', async () => {
    const { organization, dependencies, open, arrival } = await customer();
    const run = await open();
    dependencies.now = new Date(run.deadline + 1);
    const one = arrival();
    expect((await fileNew(run, [one])).undecided).toEqual(new Map([[one.cdr.id, { is: 'deferred', by: 'deadline' }]]));
    dependencies.now = new Date(run.deadline);
    expect((await fileNew(run, [one])).undecided).toEqual(new Map());
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 1 });
  });
});

describe('replacing', () => {
  test('reverses the stored charge and makes the new one', async () => {
    const { organization, open, arrival } = await customer();
    await fileNew(await open(), [arrival({ end_time: '2026-11-15T10:31:00Z' }, { origin: 'tenant' })]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 25_000n });
    expect((await changeStored(await open(), arrival({}, { message: 'm2' }))).outcome).toEqual({ is: 'filed' });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 95_500n, calls: 1, seconds: 342 });
  });

  test('decides again by what is stored by then', async () => {
    const { organization, open, arrival } = await customer();
    await fileNew(await open(), [arrival()]);
    const run = await open();
    expect((await changeStored(run, arrival({}, { message: 'm2' }))).outcome).toEqual({ is: 'duplicate' });
    expect((await changeStored(run, arrival({ disposition: 'BUSY' }, { message: 'm2' }))).outcome).toMatchObject({
      is: 'rejected',
      record: { code: 'CDR_CONFLICT' },
    });
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 95_500n });
  });

  test('by deliveries of one message at the same time charges once', async () => {
    const { organization, open, arrival } = await customer();
    await fileNew(await open(), [arrival({ end_time: '2026-11-15T10:31:00Z' }, { origin: 'tenant' })]);
    const change = async () => (await changeStored(await open(), arrival({}, { message: 'm2' }))).outcome.is;
    const outcomes = await Promise.all(Array.from({ length: 4 }, change));
    expect(outcomes).toEqual(['filed', 'filed', 'filed', 'filed']);
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 95_500n, calls: 1, seconds: 342 });
  });

  test('fails if the stored CDR was deleted', async () => {
    const { open, arrival } = await customer();
    await expect(changeStored(await open(), arrival())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('the work that follows filing', () => {
  test('reports an exhausted balance once', async () => {
    const { organization, open, arrival } = await customer({ profile: { accountType: 'prepaid' } });
    await fileNew(await open(), [arrival()]);
    for (const { context } of [await open(), await open()]) await reportBalance(organization, context);
    const types = (await eventsOf(running.store, organization)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('balance.'))).toEqual(['balance.exhausted']);
  });

  test('charges a reseller, and no one if the operator sells', async () => {
    const ofOperator = await customer();
    const ofReseller = await customer({ parent_id: ofOperator.organization });
    for (const { open } of [ofOperator, ofReseller]) await chargeReseller(await open(), ['cdr_1']);
    expect(ofOperator.dependencies.queues.sent).toEqual([]);
    expect(ofReseller.dependencies.queues.sent).toMatchObject([
      { queue: 'cdr-wholesale', message: { body: { org_id: ofReseller.organization, cdr_ids: ['cdr_1'] } } },
    ]);
  });
});
