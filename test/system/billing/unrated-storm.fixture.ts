import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { unratedRow } from '#functions/billing/rows/unrated.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { eventually } from '#test/support/eventually.ts';
import { accountOf, storedCdrs, type Account } from '../cdr-chaos-accounts.fixture.ts';
import { messagesOf, randomGenerator } from '../cdr-chaos-calls.fixture.ts';
import { costOf, rates, sendToQueue, type Call } from '../cdr.fixture.ts';
import type { StormCloud } from '../storm-cloud.fixture.ts';

/** A reseller without a wholesale price for a country, to which its customer has a price and calls. */

const unrated = '44';
const callees = ['+12125550100', '+442079460000', '+14155550123'] as const;
const isUnrated = ({ callee }: Pick<Call, 'callee'>): boolean => callee.startsWith(`+${unrated}`);

/** Amounts in hundredths of a cent. */
type Charged = { readonly owed: number; readonly calls: number; readonly account: Account };

export type UnratedStormResult = {
  readonly customer: Charged;
  readonly reseller: Charged;
  /** Calls without a wholesale price: those that were sent, and those that events and counters have. */
  readonly unrated: { readonly sent: number; readonly counted: number };
  /** Why the dial plan denies such a call, and what it should be: as `unratedCalls` of the reseller says. */
  readonly decisions: { readonly expected: readonly string[]; readonly seen: readonly string[] };
};

const gateway = { name: 'pstn', host: 'sip.example.com', ping: { enabled: false } };
const policy = {
  ...{ name: 'All', status: 'active', conditions: { pattern: '^[0-9]+$' } },
  actions: { allow: true, gateway: 'pstn', bypass_restrictions: true },
};
const Evaluated = z.object({ decision: z.object({ allowed: z.boolean(), reason: z.string() }) });

async function createFamily({ api }: StormCloud, unratedCalls: 'allow' | 'deny') {
  const organization = async (more: object): Promise<string> =>
    String((await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC', ...more })).data['id']);
  const tariff = async (seller: string, of: typeof rates): Promise<unknown> =>
    (await api('PUT', `/tariffs/new?org_id=${seller}`, { name: randomUUID(), currency: 'USD', rates: of })).data['id'];
  const reseller = await organization({ type: 'reseller' });
  const customer = await organization({ parent_id: reseller });
  const wholesale = await tariff(
    'org_1000',
    rates.filter(({ prefix }) => prefix !== unrated),
  );
  await api('PUT', `/billingprofile/${reseller}`, { tariffPlan: wholesale, unratedCalls });
  await api('PUT', `/billingprofile/${customer}`, { tariffPlan: await tariff(reseller, rates) });
  await api('PUT', `/sipgateways/new?org_id=${customer}`, gateway);
  await api('PUT', `/dialplan/policy?org_id=${customer}`, policy);
  return { reseller, customer };
}

/** Calls without a wholesale price that the reseller's events report, and that are counted since the last one. */
async function countUnrated({ store }: StormCloud, reseller: string): Promise<number> {
  const table = tableFor<'event' | 'unrated'>(store, Number(reseller.slice('org_'.length)));
  const [events, counter] = await Promise.all([
    table.query(eventRow, {}),
    table.get(unratedRow, { reason: 'wholesale/NO_RATE' }),
  ]);
  const reported = events.items.filter(({ type, data }) => type === 'cdr.unrated' && data['wholesale'] === true);
  return reported.reduce((sum, { data }) => sum + Number(data['unrated']), counter?.count ?? 0);
}

/** Runs the storm for a new family. @param calls of the customer, each filed one to five times */
export async function runUnratedStorm(seed: number, count: number, storm: StormCloud): Promise<UnratedStormResult> {
  const { api, cloud, queues, store } = storm;
  const timeout = 30_000 + count * 210;
  const random = randomGenerator(seed);
  const unratedCalls = random() < 0.5 ? 'allow' : 'deny';
  const { reseller, customer } = await eventually(() => createFamily(storm, unratedCalls), timeout);
  const seen: string[] = [];
  for (const callee of callees) {
    const question = { called: callee.slice(1), org_id: customer };
    const { decision } = Evaluated.parse(await eventually(() => api('POST', '/dialplan/evaluate', question), timeout));
    seen.push(decision.allowed ? 'allowed' : decision.reason);
  }
  const calls = Array.from({ length: count }, (_, at): Call => ({
    id: `unrated-${at}`,
    callee: callees[Math.floor(random() * callees.length)] ?? callees[0],
    seconds: 1 + Math.floor(random() * 600),
  }));
  const { bodies } = messagesOf(calls, customer, random);
  await eventually(() => sendToQueue(queues, cloud.outputs['CdrQueueUrl'] ?? '', bodies), timeout);
  await eventually(async () => {
    const filed = await storedCdrs(store, customer, calls);
    return filed.every((cdr) => (cdr?.rating.wholesale ?? null) !== null);
  }, timeout);
  const owedFor = (of: readonly Call[]): number => of.reduce((sum, call) => sum + Number(costOf(call) ?? 0n), 0);
  const priced = calls.filter((call) => !isUnrated(call));
  const charged = async (organization: string, of: readonly Call[]): Promise<Charged> => ({
    owed: owedFor(of),
    calls: calls.length,
    account: await eventually(() => accountOf(api, store, organization), timeout),
  });
  return {
    customer: await charged(customer, calls),
    reseller: await charged(reseller, priced),
    unrated: {
      sent: calls.length - priced.length,
      counted: await eventually(() => countUnrated(storm, reseller), timeout),
    },
    decisions: {
      expected: callees.map((callee) => (isUnrated({ callee }) && unratedCalls === 'deny' ? 'NO_RATE' : 'allowed')),
      seen,
    },
  };
}

/** Expects that each call is charged as far as it has a price, and counted where it has none. */
export function expectCounted({ customer, reseller, unrated: { sent, counted }, decisions }: UnratedStormResult): void {
  expect(decisions.seen).toEqual(decisions.expected);
  for (const { owed, calls, account } of [customer, reseller])
    expect(account).toEqual({ balance: 0 - owed, ledger: 0 - owed, shards: owed, calls });
  expect(counted).toBe(sent);
}
