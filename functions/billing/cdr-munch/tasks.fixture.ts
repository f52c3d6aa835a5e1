import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, memoryQueues, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import type { TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { change } from '#dynamodb/write.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { taskMessage } from '../cdr-tasks/contract.ts';
import { cdrTasksHandler } from '../cdr-tasks/handler.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { cdrMunchHandler } from './handler.ts';

/** Tasks from their request to their results, on a real store. */

export type Progress = {
  readonly state: string;
  readonly progress: Readonly<Record<string, number>>;
  readonly totals: readonly object[];
  readonly errors: readonly object[];
};

export const progressIn = ({ body }: { readonly body: unknown }): Progress =>
  (body as { readonly data: Progress }).data;
export const idOf = ({ body }: { readonly body: unknown }): string => (body as { readonly task_id: string }).task_id;

export const range = { start: '2026-11-01T00:00:00Z', end: '2026-11-30T00:00:00Z' };

/** Calls of 57 seconds for 0.0250. */
export const calls = (count: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, at) =>
    record(`call-${at}`, {
      start_time: `2026-11-15T10:${String(10 + (at % 50))}:00Z`,
      end_time: `2026-11-15T10:${String(10 + (at % 50))}:57Z`,
      ...more,
    }),
  );
export const ONE = 25_000n;

/** @param first organizations get the numbers after this one */
export async function setUpTasks({ store }: TestStore, first: number) {
  const tenants = await tenantsIn(store);
  const clock = manualClock(noon.toISOString());
  const handler = cdrMunchHandler(testDependencies(store, { clock }));
  const operator = await tenants.join(1000, { user: { roles: ['operator'] } });
  let last = first;

  /** Adds an organization with calls; the operator sells to it. */
  async function account(
    calls: readonly Record<string, unknown>[],
    more: Parameters<typeof addAccount>[2] = {},
    at = clock.now(),
  ) {
    last += 1;
    const organization = last;
    const token = await tenants.join(organization);
    await addAccount(store, organization, more);
    await startIngestion(store, { clock: () => at }).deliver({ m1: messageOf(organization, calls) });
    const query = { org_id: String(organization) };
    const put = (json: object, as = operator) => call(handler, 'PUT /cdrmunch/task', { token: as, query, json });
    const post = (json: object, as = operator) => call(handler, 'POST /cdrmunch/task', { token: as, query, json });
    const get = async (id: string): Promise<Progress> =>
      progressIn(await call(handler, 'GET /cdrmunch/task/{id}', { token: operator, query, params: { id } }));
    return { organization, token, put, post, get, create: async (json: object) => idOf(await put(json)) };
  }

  /** Adds a tariff with another price for an organization's calls. @returns its id */
  async function addTariff(organization: number, price_per_minute: number, more: object = {}): Promise<string> {
    const wanted = NewTariff.parse({
      name: `new ${organization} ${price_per_minute}`,
      currency: 'USD',
      rates: [{ prefix: '', price_per_minute }],
      ...more,
    });
    const id = `trf_${organization}x${price_per_minute * 1_000}`;
    await commit(store, 1000, [
      ...createWrites(firstVersion(wanted, { id, organization: 1000, now: '2024-01-01T00:00:00.000Z' }), wanted.rates),
    ]);
    return id;
  }
  const assignTariff = async (organization: number, tariffId: string) =>
    commit(store, organization, [change(billingProfileRow, {}, { set: { tariffId } })]);

  /** A worker. Each call of `slice` delivers one message of the task. */
  function worker() {
    const queues = memoryQueues();
    const dependencies = {
      ...testDependencies(store),
      queues,
      clock: clock.now,
    };
    const work = cdrTasksHandler(dependencies);
    const slice = (organization: number, id: string, receives = 1) =>
      work(batchOf([taskMessage({ org_id: organization, task_id: id }).body], receives));
    /** Runs slices until the task is not queued again. @returns how many */
    const finish = async (organization: number, id: string): Promise<number> => {
      for (let slices = 1; ; slices += 1) {
        queues.sent.length = 0;
        if ((await slice(organization, id)).batchItemFailures.length > 0) throw new Error('a slice failed');
        if (!queues.sent.some(({ queue }) => queue === 'jobs')) return slices;
      }
    };
    return { queues, slice, finish };
  }

  return { tenants, clock, handler, operator, account, addTariff, assignTariff, worker };
}
