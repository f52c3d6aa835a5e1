import { randomUUID } from 'node:crypto';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import * as z from 'zod';
import { balanceOf } from '#functions/billing/schema/balance.ts';
import { creditRow } from '#functions/billing/charging/row.ts';
import { expiryMessage } from '#functions/billing/reservations/contract.ts';
import { sipService } from '#functions/billing/reservations/reservation.ts';
import { reservationRow } from '#functions/billing/reservations/row.ts';
import { namesFor } from '#infra/names.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { eventually } from '#test/support/eventually.ts';
import { sendToQueue, type Api } from '../cdr.fixture.ts';
import type { Answer } from '../cloud.ts';
import type { StormCloud } from '../storm-cloud.fixture.ts';
import { json, outcome } from '../tenant.fixture.ts';

/**
 * Many callers at once on one prepaid account, in a cloud that injects faults: calls of full length, whose CDRs settle
 * while others are evaluated, calls that are released, and calls whose reservations expire. While calls are up,
 * credentials of the tenant that may not try to release, to renew and to replace their reservations: one without the
 * scope to change those of others, and one with it, for calls that the SIP service carries.
 */

/** Amounts in micro-units. */
export type StormResult = {
  readonly credits: bigint;
  /** The least balance that anyone saw. */
  readonly lowest: bigint;
  readonly charges: bigint;
  /** What the calls cost by the rules. */
  readonly owed: bigint;
  readonly reservations: bigint;
  readonly denied: number;
  /** What became of the tries of other credentials to change a reservation, by the scope and the answer. */
  readonly tries: Readonly<Record<string, number>>;
  readonly fates: Readonly<Record<Fate, number>>;
};

/** Who only reads may change no reservation of others; who writes, none of calls that the SIP service carries. */
type TenantScope = 'dialplan:read' | 'dialplan:write';

/** What may become of a try. */
const rejections = ['dialplan:read 403 INSUFFICIENT_SCOPE', 'dialplan:write 409 CALL_IN_PROGRESS'];

type Fate = 'full' | 'second more' | 'short' | 'released' | 'expired';
const fates: readonly Fate[] = ['full', 'second more', 'full', 'second more', 'short', 'released', 'expired'];

/** `npm test` has the default size. */
export type StormSize = {
  /** In each wave all callers call at once, after a payment that is enough for a part of them. */
  readonly callers: number;
  readonly waves: number;
  readonly payment: number;
  /** Callers that go on until nothing is left. */
  readonly finishers: number;
};
const defaultSize: StormSize = { callers: 64, waves: 3, payment: 10, finishers: 4 };
/** A call of n seconds costs 0.05 + n × 0.01; reservations are for a minute. */
const rate = { prefix: '1', connect_fee: 0.05, price_per_minute: 0.6 };
const costOf = (seconds: number): bigint => 50_000n + 10_000n * BigInt(seconds);
const number = '12125550100';
/** As it is dialed: the gateway makes a number with a price of it, which no one dials. */
const called = '95550100';
const gateway = { name: 'pstn', host: 'sip.example.com', ping: { enabled: false }, strip: 1, prefix: '1212' };
/** What the organization sets for itself, and lifts no limit by. */
const policy = {
  ...{ name: 'Storm', status: 'active', conditions: { pattern: '^9[0-9]{7}$' } },
  actions: { allow: true, gateway: 'pstn', bypass_restrictions: true },
};

const Evaluated = z.object({
  decision: z.object({
    allowed: z.boolean(),
    reason: z.string(),
    limits: z.object({ max_duration: z.int().nullable(), reservation: z.object({ amount: z.string() }).nullable() }),
  }),
});
type Decision = z.output<typeof Evaluated>['decision'];

/** A prepaid organization with a policy for every number. */
async function createCustomer(api: Api): Promise<string> {
  const { data } = await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC' });
  const customer = String(data['id']);
  const tariff = await api('PUT', '/tariffs/new', { name: randomUUID(), currency: 'USD', rates: [rate] });
  await api('PUT', `/billingprofile/${customer}`, {
    accountType: 'prepaid',
    tariffPlan: tariff.data['id'],
    reservationMinutes: 1,
  });
  await api('PUT', `/sipgateways/new?org_id=${customer}`, gateway);
  await api('PUT', `/dialplan/policy?org_id=${customer}`, policy);
  return customer;
}

type Storm = StormCloud & {
  readonly customer: string;
  readonly organization: number;
  readonly expiryQueue: string;
  /** Shifts what becomes of the calls. */
  readonly seed: number;
  readonly size: StormSize;
  readonly sums: { lowest: bigint; owed: bigint; filed: number; denied: number };
  readonly tries: Record<string, number>;
  /** Send evaluations with credentials of the customer. */
  readonly tenants: Readonly<Record<TenantScope, (json: object) => Promise<Answer>>>;
  readonly fates: Record<Fate, number>;
};

/** The balance of the account; remembers the lowest one. */
async function readBalance({ store, organization, sums }: Storm) {
  const { items } = await tableFor<'balance'>(store, organization).query(creditRow, {});
  const balance = balanceOf(items);
  const left = balance.credits - balance.charges;
  if (left < sums.lowest) sums.lowest = left;
  return { ...balance, calls: items.reduce((sum, { calls = 0 }) => sum + calls, 0) };
}

/** Asks until there is an answer: a request that failed may have reserved, and its repetition replaces that. */
const ask = ({ api, customer }: Storm, json: object) =>
  eventually(() => api('POST', '/dialplan/evaluate', { ...json, org_id: customer }), 30_000);

const evaluate = async (storm: Storm, callId: string): Promise<Decision> =>
  Evaluated.parse(await ask(storm, { called, call_id: callId })).decision;

/** Files the CDR of a call that has just ended. */
async function fileCall({ cloud, queues, customer, sums }: Storm, call_id: string, seconds: number): Promise<void> {
  const end = Math.floor(Date.now() / 1_000) * 1_000;
  const record = {
    call_id,
    caller: '+12125550199',
    callee: `+${number}`,
    start_time: new Date(end - seconds * 1_000).toISOString(),
    end_time: new Date(end).toISOString(),
    disposition: 'ANSWERED',
  };
  const sent_at = new Date().toISOString();
  const message = { schema: 'cdr.v1', source: 'storm', sent_at, org_id: customer, records: [record] };
  sums.owed += costOf(seconds);
  sums.filed += 1;
  await eventually(async () => {
    await sendToQueue(queues, cloud.outputs['CdrQueueUrl'] ?? '', [JSON.stringify(message)]);
    return true;
  });
}

/** Lets a reservation end now, as the sweeper does when it is due. */
async function expire({ store, organization, queues, expiryQueue }: Storm, callId: string): Promise<void> {
  const past = new Date(Date.now() - 1_000).toISOString();
  await eventually(async () => {
    await commit(store, organization, [change(reservationRow, { call_id: callId }, { set: { expires_at: past } })]);
    return true;
  });
  const { body } = expiryMessage({ org_id: organization, subject: callId }, 0);
  await eventually(() =>
    queues.send(new SendMessageCommand({ QueueUrl: expiryQueue, MessageBody: JSON.stringify(body) })),
  );
}

/** Whether an answer ends a try: the cloud injects errors of its own. */
const isDecisive = (seen: string): boolean => rejections.includes(seen) || seen.endsWith(' 200');

/** Tries to spend the money of a call that is up once more: every second as that of a call of the SIP service. */
async function tryToFree({ store, organization, tenants, tries }: Storm, callId: string, at: number) {
  const setOwner = (update: Parameters<typeof change>[2]) =>
    eventually(async () => {
      await commit(store, organization, [change(reservationRow, { call_id: callId }, update)]);
      return true;
    });
  const isCarried = at % 2 === 0;
  const scope = isCarried ? 'dialplan:write' : 'dialplan:read';
  if (isCarried) await setOwner({ set: { owner: sipService } });
  const question = [{ release: callId }, { renew: callId }, { called, call_id: callId }][at % 3] ?? {};
  const seen = await eventually(async () => {
    const answered = `${scope} ${outcome(await tenants[scope](question))}`;
    if (!isDecisive(answered)) throw new Error(answered);
    return answered;
  });
  expect(rejections).toContain(seen);
  tries[seen] = (tries[seen] ?? 0) + 1;
  if (isCarried) await setOwner({ clear: ['owner'] });
}

/** Lets a call that was allowed come to its end. */
async function endCall(storm: Storm, callId: string, duration: number, fate: Fate): Promise<void> {
  storm.fates[fate] += 1;
  switch (fate) {
    case 'full':
      return fileCall(storm, callId, duration);
    case 'second more':
      return fileCall(storm, callId, duration + 1);
    case 'short':
      return fileCall(storm, callId, Math.ceil(duration / 3));
    case 'released':
      return void (await ask(storm, { release: callId }));
    case 'expired':
      return expire(storm, callId);
  }
}

/** Makes a call. @returns whether it was allowed */
async function makeCall(storm: Storm, callId: string, fate: Fate): Promise<boolean> {
  const { allowed, reason, limits } = await evaluate(storm, callId);
  await eventually(() => readBalance(storm));
  if (!allowed) {
    if (reason !== 'NO_CREDIT') throw new Error(`the call is denied with ${reason}`);
    storm.sums.denied += 1;
    return false;
  }
  if (limits.reservation === null || limits.max_duration === null) throw new Error('the call has reserved nothing');
  await tryToFree(
    storm,
    callId,
    Object.values(storm.tries).reduce((sum, each) => sum + each, 0),
  );
  await endCall(storm, callId, limits.max_duration, fate);
  return true;
}

const fateAt = (at: number): Fate => fates[at % fates.length] ?? 'full';

/** Makes calls until one is denied although nothing is reserved. */
async function spendTheRest(storm: Storm, caller: number): Promise<void> {
  let call = 0;
  await eventually(async () => {
    while (await makeCall(storm, `rest-${caller}-${(call += 1)}`, 'full'));
    const { reservations, calls } = await readBalance(storm);
    return reservations === 0n && calls === storm.sums.filed;
  }, 60_000);
}

/** A payment, and a call of each caller. The CDRs of earlier waves settle at the same time. */
async function runWave(storm: Storm, wave: number): Promise<void> {
  const booking = { amount: String(storm.size.payment), reference: `wave-${wave}` };
  await eventually(() => storm.api('POST', `/billingprofile/${storm.customer}/credit`, booking));
  await Promise.all(
    Array.from({ length: storm.size.callers }, (_caller, caller) =>
      makeCall(storm, `call-${wave}-${caller}`, fateAt(caller + storm.seed - 1)),
    ),
  );
}

async function run(storm: Storm): Promise<StormResult> {
  const { waves, finishers } = storm.size;
  for (let wave = 0; wave < waves; wave += 1) await runWave(storm, wave);
  await Promise.all(Array.from({ length: finishers }, (_caller, caller) => spendTheRest(storm, caller)));
  const { credits, charges, reservations } = await eventually(() => readBalance(storm));
  const { lowest, owed, denied } = storm.sums;
  return { credits, charges, reservations, lowest, owed, denied, tries: storm.tries, fates: storm.fates };
}

/** Sessions of a user of the customer with these scopes. */
async function tenantsOf({ cloud, people }: StormCloud, customer: string): Promise<Storm['tenants']> {
  const member = await eventually(() => people.join(Number(customer.slice('org_'.length)), 'readonly'));
  const tenantWith = async (scopes: readonly TenantScope[]) => {
    const token = await eventually(() => people.signIn(member, { scopes }));
    return (question: object) =>
      cloud.api('/dialplan/evaluate', {
        method: 'POST',
        token,
        headers: json,
        json: { ...question, org_id: customer },
      });
  };
  return {
    'dialplan:read': await tenantWith(['dialplan:read']),
    'dialplan:write': await tenantWith(['dialplan:read', 'dialplan:write']),
  };
}

/** Runs the storm for a new customer. @param seed shifts what becomes of the calls */
export async function runReservationStorm(
  seed: number,
  storm: StormCloud,
  size: StormSize = defaultSize,
): Promise<StormResult> {
  const customer = await eventually(() => createCustomer(storm.api), 60_000);
  const QueueName = namesFor('local').queue('reservation-expiry');
  const { QueueUrl: expiryQueue = '' } = await eventually(() =>
    storm.queues.send(new GetQueueUrlCommand({ QueueName })),
  );
  return run({
    ...storm,
    customer,
    organization: Number(customer.slice('org_'.length)),
    expiryQueue,
    seed,
    size,
    tenants: await tenantsOf(storm, customer),
    tries: {},
    sums: { lowest: BigInt(size.payment) * 1_000_000n, owed: 0n, filed: 0, denied: 0 },
    fates: { full: 0, 'second more': 0, short: 0, released: 0, expired: 0 },
  });
}

/**
 * Expects that covered calls never took more than there was, each is charged once, every reservation has ended, and no
 * other credential has changed one.
 */
export function expectCovered({ lowest, charges, owed, reservations, tries }: StormResult): void {
  expect(lowest).toBeGreaterThanOrEqual(0n);
  expect(charges).toBe(owed);
  expect(reservations).toBe(0n);
  expect(Object.keys(tries).toSorted()).toEqual(rejections);
}
