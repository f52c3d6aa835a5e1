import { describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { serviceListRow } from '#dynamodb/rows/subscription.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { Service } from '#schema/service-list.ts';
import { balanceOf } from '../schema/balance.ts';
import { creditRow, ledgerRow } from '../charging/row.ts';
import { addAccount } from '../cdr-ingest/ingest.fixture.ts';
import { closingMessage } from './contract.ts';
import { periodCloseHandler } from './handler.ts';

const running = testStore();

let last = 4000;
async function newAccount(more: Parameters<typeof addAccount>[2] = {}): Promise<number> {
  last += 1;
  await addAccount(running.store, last, more);
  return last;
}
const entriesOf = async (organization: number) =>
  (await tableFor<'ledger'>(running.store, organization).query(ledgerRow, {})).items;

describe('services', () => {
  const service = (more: Partial<Service> = {}): Service => ({
    service_type: 'pbx',
    plan: 'pro',
    features: [],
    price: '5.0000',
    cycle: 'monthly',
    currency: 'USD',
    quantity: 1,
    start_date: '2026-11-10T00:00:00.000Z',
    first_period: '2026-12',
    cancelled_at: null,
    ends_at: null,
    ...more,
  });
  const subscribes = (organization: number, user: string, ...services: Service[]) =>
    commit(running.store, organization, [
      create(serviceListRow, {
        id: `sub_${user}`,
        entity: 'user',
        entity_id: user,
        services,
        created_at: '',
        updated_at: '',
        version: 1,
      }),
    ]);
  /** Delivers the message of a closing and all that follow, each so many times. @returns number of slices */
  async function closeAll(organization: number, closed: string, copies: number): Promise<number> {
    const [year = 0, month = 0] = closed.split('-').map(Number);
    const dependencies = {
      ...testDependencies(running.store),
      clock: () => new Date(Date.UTC(year, month, 2, 0, 5)),
    };
    const handle = periodCloseHandler(dependencies);
    const waiting = [closingMessage({ org_id: organization, subject: closed }, 0).body as object];
    let slices = 0;
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
      slices += 'services_behind' in body ? 1 : 0;
      dependencies.queues.sent.length = 0;
      await Promise.all(
        Array.from({ length: copies }, async () =>
          expect(await handle(batchOf([body]))).toEqual({ batchItemFailures: [] }),
        ),
      );
      const sent = new Map(dependencies.queues.sent.map(({ message }) => [JSON.stringify(message.body), message.body]));
      waiting.push(...([...sent.values()] as object[]));
    }
    return slices;
  }
  const bookedIn = async (organization: number) =>
    (await entriesOf(organization)).filter(({ type }) => type === 'service');

  test('are charged for the next period in slices, each once however often its message arrives', async () => {
    const organization = await newAccount();
    const types = Array.from({ length: 20 }, (_type, at) => service({ service_type: `type ${at}`, quantity: 2 }));
    for (let user = 1; user <= 6; user += 1) await subscribes(organization, `usr_${user}`, ...types);
    expect(await closeAll(organization, '2026-11', 3)).toBe(2);
    const entries = await bookedIn(organization);
    expect(entries).toHaveLength(120);
    expect(entries[0]).toMatchObject({ amount: -10_000_000, period: '2026-12', currency: 'USD' });
    const { items } = await tableFor<'balance'>(running.store, organization).query(creditRow, {});
    expect(balanceOf(items)).toMatchObject({ credits: -1_200_000_000n, charges: 0n });
  });

  test('are charged month by month, quarter by quarter and year by year, until they are cancelled', async () => {
    const organization = await newAccount();
    await subscribes(
      organization,
      'usr_1',
      service(),
      service({ service_type: 'quarter', cycle: 'quarterly', price: '12.0000' }),
      service({ service_type: 'year', cycle: 'annual', price: '100.0000' }),
      service({ service_type: 'later', first_period: '2027-01', price: '0.5000' }),
      service({ service_type: 'ended', cancelled_at: '2027-01-01T00:00:00.001Z', price: '0.2500' }),
    );
    for (const closed of ['2026-11', '2026-12', '2027-01', '2027-02']) await closeAll(organization, closed, 2);
    const sums = Map.groupBy(await bookedIn(organization), ({ period }) => period);
    const sumOf = (period: string) => (sums.get(period) ?? []).map(({ amount }) => Number(amount) / 1e6).toSorted();
    expect(['2026-12', '2027-01', '2027-02', '2027-03'].map(sumOf)).toEqual([
      [-0.25, -100, -12, -5],
      [-0.25, -0.5, -5],
      [-0.5, -5],
      [-0.5, -12, -5],
    ]);
  });

  test('that begin later within a period are charged for its rest when it is closed, once', async () => {
    const organization = await newAccount();
    const partial = { from: '2026-11-10T09:00:00.000Z', booked: false };
    const begun = { start_date: partial.from, partial };
    await subscribes(
      organization,
      'usr_1',
      // 21 of 30 days.
      service(begun),
      service({ ...begun, service_type: 'booked before', partial: { ...partial, booked: true } }),
      service({ ...begun, service_type: 'ended after its begin', cancelled_at: '2026-11-10T09:00:00.001Z' }),
      service({ ...begun, service_type: 'ended before its begin', cancelled_at: '2026-11-10T08:59:59.999Z' }),
      service({ service_type: 'subscribed to before there were such charges' }),
    );
    for (let times = 0; times < 2; times += 1) await closeAll(organization, '2026-11', 2);
    const ofNovember = (await bookedIn(organization)).filter(({ period }) => period === '2026-11');
    expect(ofNovember.map(({ amount, note }) => [Number(amount) / 1e6, note?.split(',')[0]]).toSorted()).toEqual([
      [-3.5, 'ended after its begin'],
      [-3.5, 'pbx'],
    ]);
  });

  test('of a closed organization, or in another currency, are not charged', async () => {
    const [closed, other] = [await newAccount({ status: 'closed' }), await newAccount()];
    await subscribes(closed, 'usr_1', service());
    await subscribes(other, 'usr_1', service({ currency: 'EUR' }));
    for (const organization of [closed, other]) await closeAll(organization, '2026-11', 1);
    expect([await bookedIn(closed), await bookedIn(other)]).toEqual([[], []]);
  });
});
