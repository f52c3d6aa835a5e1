import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { testDependencies, type TestDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { Sender, Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { DeadLetter } from '#queue/dead-letters.ts';
import { balanceOf, usageOf } from '../schema/balance.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { creditRow } from '../charging/row.ts';
import { earningsOf, numberSumsRow, sumsOf } from '../rows/number-sums.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { cdrIngestHandler } from './handler.ts';
import { cdrRejectionRow, cdrRow, readBatch } from './row.ts';

/** Accounts, messages that charge them, and reads of the results, on a real store. */

const created = '2024-01-01T00:00:00.000Z';

/**
 * Adds an organization with a profile and a tariff of its parent (by default the operator): 0.015 a minute, 0.01 to
 * connect, 60/6, for +1 only. `inbound`: the price of a minute of calls to its numbers with +1; by default none.
 */
export async function addAccount(
  store: Store,
  organization: number,
  {
    profile = {},
    inbound,
    ...more
  }: Partial<OrganizationItem> & { readonly profile?: Partial<BillingProfile>; readonly inbound?: number } = {},
): Promise<void> {
  const tariffId = `trf_${organization}`;
  const parent = more.parent_id ?? 1000;
  const wanted = NewTariff.parse({
    name: `plan ${organization}`,
    currency: 'USD',
    rates: [
      { prefix: '1', price_per_minute: 0.015, connect_fee: 0.01, initial_seconds: 60, increment_seconds: 6 },
      ...(inbound === undefined ? [] : [{ prefix: '1', direction: 'inbound', price_per_minute: inbound }]),
    ],
  });
  const tariff = firstVersion(wanted, { id: tariffId, organization: parent, now: created });
  const billing = profileOf({ id: `bp_${organization}`, organization });
  await commit(store, parent, [...createWrites(tariff, wanted.rates)]);
  await commit(store, organization, [
    overwrite(
      organizationRow,
      organizationOf(organization, { created_at: created, retention: { cdr_days: 730, log_days: 365 }, ...more }),
    ),
    overwrite(billingProfileRow, { ...billing, tariffId, ...profile, parent }),
  ]);
}

export const messageOf = (
  organization: number | null,
  records: readonly unknown[],
  more: Record<string, unknown> = {},
): string =>
  JSON.stringify({
    schema: 'cdr.v1',
    source: 'test',
    sent_at: '2026-11-15T10:40:00Z',
    org_id: organization,
    records,
    ...more,
  });

/** Messages by id, as the queue delivers them, each in so many copies. */
const deliveryOf = (bodies: Readonly<Record<string, string>>, copies: number): SQSEvent => ({
  Records: Array.from({ length: copies }, () => Object.entries(bodies))
    .flat()
    .map(([messageId, body]) => ({ messageId, body, attributes: { ApproximateReceiveCount: '1' } }) as SQSRecord),
});

export type Ingestion = TestDependencies & {
  readonly deadLetters: (letter: DeadLetter) => Promise<void>;
  readonly letters: DeadLetter[];
  /** @returns the ids of the messages that are to be delivered again */
  readonly deliver: (bodies: Readonly<Record<string, string>>, copies?: number) => Promise<string[]>;
  /** Milliseconds that Lambda gives a run; by default the consumer's time-out. */
  remaining: number | null;
};

/** A consumer. @param through wraps the client of its store */
export function startIngestion(
  store: Store,
  {
    through = (client: Sender): Sender => client,
    clock,
  }: { readonly through?: (client: Sender) => Sender; readonly clock?: () => Date } = {},
): Ingestion {
  const dependencies = testDependencies({ ...store, client: through(store.client) });
  const letters: DeadLetter[] = [];
  const whole: Ingestion = {
    ...dependencies,
    ...(clock === undefined ? {} : { clock }),
    letters,
    deadLetters: async (letter: DeadLetter) => void letters.push(letter),
    remaining: null,
    deliver: async (bodies, copies = 1) => {
      const { remaining } = whole;
      const lambda = remaining === null ? undefined : { getRemainingTimeInMillis: () => remaining };
      const { batchItemFailures } = await handler(deliveryOf(bodies, copies), lambda);
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
  const handler = cdrIngestHandler(whole);
  return whole;
}

/** Charges of an organization in micro-units, with its calls and their billed seconds. */
export async function chargesTo(
  store: Store,
  organization: number,
): Promise<{ readonly charges: bigint; readonly calls: number; readonly seconds: number }> {
  const { items } = await tableFor<'balance'>(store, organization).query(creditRow, {});
  const calls = items.reduce((sum, part) => sum + (part.calls ?? 0), 0);
  return {
    charges: balanceOf(items).charges,
    calls,
    seconds: items.reduce(
      (sum, part) => sum + (part.period === undefined ? 0 : usageOf([part], part.period).seconds),
      0,
    ),
  };
}

export const cdrIn = (store: Store, organization: number, id: string) =>
  tableFor<'cdr'>(store, organization).get(cdrRow, { id });
export const batchIn = (store: Store, organization: number, batch_id: string) =>
  readBatch(tableFor<'cdrbatch'>(store, organization), batch_id);

export async function rejectionsIn(store: Store, organization: number, batch_id: string) {
  const { items } = await tableFor<'cdrrejection'>(store, organization).query(cdrRejectionRow, { batch_id });
  return items.flatMap(({ rejected }) => rejected.map(({ call_id, code }) => `${call_id} ${code}`));
}

/**
 * What an organization earned and paid for numbers by day, over all shards; amounts in micro-units. In their order: an
 * item has its days in any.
 */
export async function numberDaysIn(store: Store, organization: number) {
  const table = tableFor<'numberday'>(store, organization);
  const items = await Promise.all(
    (['own', 'sold'] as const).map((side) =>
      readToEnd((after) => table.query(numberSumsRow, { side }, { ...after, order: 'asc' })),
    ),
  );
  const days = items
    .flat()
    .flatMap((item) => sumsOf(item, organization))
    .flatMap((sums) => earningsOf(sums, organization) ?? [])
    .map((day) => ({ ...day, revenue: Number(day.revenue), cost: Number(day.cost) }));
  const keyOf = ({ number, day, rated_day, holder, currency }: (typeof days)[number]): string =>
    [number, day, rated_day, holder, currency].join(' ');
  const byKey = [...Map.groupBy(days, keyOf)].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return byKey.map(([, shards]) =>
    shards.reduce((sum, each) => ({
      ...sum,
      calls: sum.calls + each.calls,
      seconds: sum.seconds + each.seconds,
      unknown: sum.unknown + each.unknown,
      revenue: sum.revenue + each.revenue,
      cost: sum.cost + each.cost,
    })),
  );
}
