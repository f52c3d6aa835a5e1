import { randomUUID } from 'node:crypto';
import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { balanceOf } from '../../functions/billing/billing-profiles/balance.ts';
import { creditRow } from '../../functions/billing/billing-profiles/row.ts';
import { expiryMessage } from '../../functions/billing/reservations/contract.ts';
import { reservationRow } from '../../functions/billing/reservations/row.ts';
import { namesFor } from '../../infra/names.ts';
import type { Store } from '../../shared/dynamodb/client.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { tableFor } from '../../shared/dynamodb/table.ts';
import { change } from '../../shared/dynamodb/write.ts';
import { eventually } from '../support/eventually.ts';
import { shortenVisibility } from './cdr-chaos.fixture.ts';
import { callerOf, queuesOf, sendToQueue } from './cdr.fixture.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from './cloud.ts';
import { storeOf } from './people.ts';

/**
 * Many callers at once on one prepaid account, in a cloud that injects faults: calls of full length, whose CDRs settle
 * while others are evaluated, calls that are released, and calls whose reservations expire.
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
  readonly fates: Readonly<Record<Fate, number>>;
};

type Fate = 'full' | 'second more' | 'short' | 'released' | 'expired';
const fates: readonly Fate[] = ['full', 'second more', 'full', 'second more', 'short', 'released', 'expired'];

/** In each wave all callers call at once, after a payment that is enough for 15 of them. */
const callers = 64;
const waves = 3;
const payment = 10;
/** Callers that go on until nothing is left. */
const finishers = 4;
/** A call of n seconds costs 0.05 + n × 0.01; reservations are for a minute. */
const rate = { prefix: '1', connect_fee: 0.05, price_per_minute: 0.6 };
const costOf = (seconds: number): bigint => 50_000n + 10_000n * BigInt(seconds);
const called = '12125550100';

const Evaluated = z.object({
  decision: z.object({
    allowed: z.boolean(),
    reason: z.string(),
    limits: z.object({ max_duration: z.int().nullable(), reservation: z.object({ amount: z.string() }).nullable() }),
  }),
});
type Decision = z.output<typeof Evaluated>['decision'];

/** A prepaid organization with a route for every number. */
async function createCustomer(api: Awaited<ReturnType<typeof callerOf>>): Promise<string> {
  const { data } = await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC' });
  const customer = String(data['id']);
  const tariff = await api('PUT', '/tariffs/new', { name: randomUUID(), currency: 'USD', rates: [rate] });
  await api('PUT', `/billingprofile/${customer}`, {
    accountType: 'prepaid',
    tariffPlan: tariff.data['id'],
    reservationMinutes: 1,
  });
  await api('PUT', `/dialplan/template?org_id=${customer}`, {
    name: 'Storm',
    rules: [{ pattern: '^1[0-9]{10}$', action: 'bridge', destination: 'sofia/gateway/pstn/$0' }],
  });
  return customer;
}

type Storm = {
  readonly cloud: OwnCloud;
  readonly api: Awaited<ReturnType<typeof callerOf>>;
  readonly token: string;
  readonly customer: string;
  readonly organization: number;
  readonly store: Store;
  readonly queues: SQSClient;
  readonly expiryQueue: string;
  readonly sums: { lowest: bigint; owed: bigint; filed: number; denied: number };
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
async function ask({ cloud, token, customer }: Storm, json: object): Promise<unknown> {
  return eventually(async () => {
    const asked = { method: 'POST', token, json: { ...json, org_id: customer } };
    const { status, body } = await cloud.api('/dialplan/evaluate', asked);
    if (status !== 200) throw new Error(`POST /dialplan/evaluate answers ${status} ${JSON.stringify(body)}`);
    return { body };
  }).then(({ body }) => body);
}

const evaluate = async (storm: Storm, callId: string): Promise<Decision> =>
  Evaluated.parse(await ask(storm, { called, call_id: callId })).decision;

/** Files the CDR of a call that has just ended. */
async function fileCall({ cloud, queues, customer, sums }: Storm, call_id: string, seconds: number): Promise<void> {
  const end = Math.floor(Date.now() / 1_000) * 1_000;
  const record = {
    call_id,
    caller: '+12125550199',
    callee: `+${called}`,
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
  await readBalance(storm);
  if (!allowed) {
    if (reason !== 'NO_CREDIT') throw new Error(`the call is denied with ${reason}`);
    storm.sums.denied += 1;
    return false;
  }
  if (limits.reservation === null || limits.max_duration === null) throw new Error('the call has reserved nothing');
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
  const booking = { amount: String(payment), reference: `wave-${wave}` };
  await eventually(() => storm.api('POST', `/billingprofile/${storm.customer}/credit`, booking));
  await Promise.all(
    Array.from({ length: callers }, (_caller, caller) => makeCall(storm, `call-${wave}-${caller}`, fateAt(caller))),
  );
}

async function run(storm: Storm): Promise<StormResult> {
  for (let wave = 0; wave < waves; wave += 1) await runWave(storm, wave);
  await Promise.all(Array.from({ length: finishers }, (_caller, caller) => spendTheRest(storm, caller)));
  const { credits, charges, reservations } = await readBalance(storm);
  const { lowest, owed, denied } = storm.sums;
  return { credits, charges, reservations, lowest, owed, denied, fates: storm.fates };
}

/** Runs the storm in a cloud of its own. */
export async function runReservationStorm(seed: number): Promise<StormResult> {
  const faults = {
    seed,
    failedAnswer: 0.01,
    lostAnswer: 0.02,
    throttle: 0.01,
    conflict: 0.03,
    duplicateDelivery: 0.05,
  };
  const cloud = await startCloud({ FAULTS: JSON.stringify(faults), RATE_LIMIT_SCALE: '1000' });
  try {
    const api = await eventually(() => callerOf(cloud));
    const customer = await eventually(() => createCustomer(api), 60_000);
    const queues = queuesOf(cloud);
    await shortenVisibility(queues, ['cdr-ingest', 'reservation-expiry']);
    const QueueName = namesFor('local').queue('reservation-expiry');
    const { QueueUrl: expiryQueue = '' } = await queues.send(new GetQueueUrlCommand({ QueueName }));
    return await run({
      cloud,
      api,
      token: await eventually(() => logIn(cloud, 'admin', adminPassword)),
      customer,
      organization: Number(customer.slice('org_'.length)),
      store: storeOf(cloud.outputs),
      queues,
      expiryQueue,
      sums: { lowest: BigInt(payment) * 1_000_000n, owed: 0n, filed: 0, denied: 0 },
      fates: { full: 0, 'second more': 0, short: 0, released: 0, expired: 0 },
    });
  } finally {
    await cloud.stop();
  }
}
