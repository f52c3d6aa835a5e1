import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { cdrId } from '#functions/billing/cdr-ingest/cdr.ts';
import type { FiledCdr } from '#functions/billing/cdr-ingest/filed-cdr.ts';
import { cdrRow } from '#functions/billing/cdr-ingest/row.ts';
import { creditRow, usageRow } from '#functions/billing/charging/row.ts';
import type { Store } from '#dynamodb/client.ts';
import { tableFor } from '#dynamodb/table.ts';
import { day } from '#schema/time.ts';
import { allowance, profileRates, rates, type Api, type Call } from './cdr.fixture.ts';

/** The organizations of a storm, and what is stored of their calls and charges. */

/** Charges per day. */
const Ledger = z.object({ charges: z.array(z.object({ amount: z.string() })) });

export type Family = { readonly reseller: string; readonly customer: string; readonly corrected: string };

/** Two customers with included minutes and a volume discount, and their reseller, who pays the plain price. */
export async function createFamily(api: Api): Promise<Family> {
  const organization = async (more: object): Promise<string> =>
    String((await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC', ...more })).data['id']);
  const tariff = async (seller: string, more: object): Promise<unknown> =>
    (await api('PUT', `/tariffs/new?org_id=${seller}`, { name: randomUUID(), currency: 'USD', rates, ...more })).data[
      'id'
    ];
  const reseller = await organization({ type: 'reseller' });
  const [customer, corrected] = [
    await organization({ parent_id: reseller }),
    await organization({ parent_id: reseller }),
  ];
  await api('PUT', `/billingprofile/${reseller}`, {
    tariffPlan: await tariff('org_1000', {}),
    rates: profileRates,
  });
  const discounts = [{ type: 'volume', threshold: allowance.threshold, percentage: allowance.percentage }];
  const tariffPlan = await tariff(reseller, { included_minutes: allowance.included });
  for (const each of [customer, corrected])
    await api('PUT', `/billingprofile/${each}`, { tariffPlan, rates: profileRates, discounts });
  return { reseller, customer, corrected };
}

export const inHundredths = (amount: unknown): number => Math.round(Number(amount) * 10_000);

/** Charges of an organization, from each place that has them; amounts in hundredths of a cent. */
export type Account = {
  readonly balance: number;
  readonly ledger: number;
  readonly shards: number;
  readonly calls: number;
};

export async function accountOf(api: Api, store: Store, organization: string): Promise<Account> {
  const { data: profile } = await api('GET', `/billingprofile/${organization}`);
  const { charges } = Ledger.parse(
    await api(
      'GET',
      `/billingprofile/${organization}/ledger` +
        `?start=${new Date(Date.now() - 3 * day).toISOString()}&end=${new Date().toISOString()}`,
    ),
  );
  const { items } = await tableFor<'balance'>(store, Number(organization.slice('org_'.length))).query(creditRow, {});
  return {
    balance: inHundredths(profile['currentBalance']),
    ledger: charges.reduce((sum, { amount }) => sum + inHundredths(amount), 0),
    shards: items.reduce((sum, part) => sum + Number(part.charges ?? 0) / 100, 0),
    calls: items.reduce((sum, { calls = 0 }) => sum + calls, 0),
  };
}

/** The stored CDRs of the calls, in their order. */
export async function storedCdrs(
  store: Store,
  customer: string,
  calls: readonly Pick<Call, 'id'>[],
): Promise<(FiledCdr | undefined)[]> {
  const organization = Number(customer.slice('org_'.length));
  return tableFor<'cdr'>(store, organization).getAll(
    cdrRow,
    calls.map(({ id }) => ({ id: cdrId(organization, id, 'a') })),
  );
}

/** Included seconds that the periods of an organization have used. */
export async function includedIn(store: Store, organization: string): Promise<number> {
  const { items } = await tableFor<'usage'>(store, Number(organization.slice('org_'.length))).query(usageRow, {});
  return items.reduce((sum, { included_seconds = 0 }) => sum + included_seconds, 0);
}
