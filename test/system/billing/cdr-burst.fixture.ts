import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { cdrId } from '#functions/billing/cdr-ingest/cdr.ts';
import { cdrRow } from '#functions/billing/cdr-ingest/row.ts';
import { creditRow } from '#functions/billing/charging/row.ts';
import { expect } from 'vitest';
import { namesFor } from '#infra/names.ts';
import { tableFor } from '#dynamodb/table.ts';
import { eventually } from '#test/support/eventually.ts';
import { accountOf, type Account } from '../cdr-chaos-accounts.fixture.ts';
import { callees, callerOf, costOf, message, queuesOf, rates, type Call } from '../cdr.fixture.ts';
import { startCloud, type OwnCloud } from '../cloud.ts';
import { storeOf } from '../people.ts';

/** A burst of CDRs of one organization beside CDRs of others, on a slow machine. */

export type BurstOptions = {
  readonly messages: number;
  readonly recordsEach: number;
  /** Organizations beside that of the burst. */
  readonly others: number;
  /** How many times slower than this machine without other work. */
  readonly slowness: number;
};

/** Amounts in hundredths of a cent. */
type Billed = { readonly owed: number; readonly account: Account };

export type BurstResult = {
  /** Messages that have come to the dead-letter queues of CDRs. */
  readonly deadLetters: number;
  readonly burst: Billed;
  /** Of the customer's calls. */
  readonly reseller: Billed;
  /** Of all other organizations. */
  readonly others: readonly Billed[];
  /** Milliseconds from sending to filing of CDRs of the others: before the burst, and until its last call is billed. */
  readonly delays: { readonly before: readonly number[]; readonly during: readonly number[] };
  /** From the first message sent to the last call billed. */
  readonly seconds: number;
};

/** Milliseconds for which a slow process runs before it is stopped again. */
const slice = 10;

/**
 * Has the processes of a cloud run one part in `slowness` of the time, as `cpulimit` does: what computes takes that
 * many times longer, on all of its threads. It ends with this process. @returns ends it
 */
function slowDown({ pid }: OwnCloud, slowness: number): () => Promise<void> {
  const [stopped, running] = [(slice * (slowness - 1)) / 1_000, slice / 1_000];
  const turns =
    `while kill -0 ${process.pid} && kill -STOP -- -${pid} && sleep ${stopped} && kill -CONT -- -${pid}; ` +
    `do sleep ${running}; done`;
  const child = spawn('sh', ['-c', turns], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return async () => {
    child.kill();
    await ended;
    process.kill(-pid, 'SIGCONT');
  };
}

/** How many times slower other work makes this machine now, by those that wait for its cores. */
const slownessNow = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

const ratedCallees = callees.slice(0, 3);
const callOf = (at: number): Call => ({
  id: `call-${at}`,
  callee: ratedCallees[at % ratedCallees.length] ?? callees[0],
  seconds: 30 + (at % 500),
});
const owedFor = (calls: readonly Call[]): number => calls.reduce((sum, call) => sum + Number(costOf(call) ?? 0n), 0);

const queuesOfCdrs = ['cdr-ingest', 'cdr-backlog', 'cdr-wholesale'];

type Running = {
  readonly cloud: OwnCloud;
  readonly api: Awaited<ReturnType<typeof callerOf>>;
  readonly queues: ReturnType<typeof queuesOf>;
  readonly store: ReturnType<typeof storeOf>;
};

async function createAccounts({ api }: Running, others: number) {
  const organization = async (more: object = {}): Promise<string> =>
    String((await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC', ...more })).data['id']);
  const tariff = async (seller: string): Promise<unknown> =>
    (await api('PUT', `/tariffs/new?org_id=${seller}`, { name: randomUUID(), currency: 'USD', rates })).data['id'];
  const reseller = await organization({ type: 'reseller' });
  const customer = await organization({ parent_id: reseller });
  const beside: string[] = [];
  for (let at = 0; at < others; at += 1) beside.push(await organization());
  const ofOperator = await tariff('org_1000');
  for (const each of [reseller, ...beside]) await api('PUT', `/billingprofile/${each}`, { tariffPlan: ofOperator });
  await api('PUT', `/billingprofile/${customer}`, { tariffPlan: await tariff(reseller) });
  return { reseller, customer, beside };
}

/** Sends CDRs of the other organizations, one after the other, and measures how long each takes. */
function probeOthers({ cloud, queues, store }: Running, beside: readonly string[]) {
  const sent = new Map<string, Call[]>(beside.map((organization) => [organization, []]));
  let next = 0;
  const probe = async (): Promise<number> => {
    const organization = beside[next % beside.length] ?? '';
    const call = { ...callOf(next), id: `probe-${next}` };
    next += 1;
    sent.get(organization)?.push(call);
    const body = message({ organization, batch: 'probe' }, call);
    const Entries = [{ Id: '0', MessageBody: body, MessageGroupId: organization }];
    const began = performance.now();
    await queues.send(new SendMessageBatchCommand({ QueueUrl: cloud.outputs['CdrQueueUrl'], Entries }));
    const number = Number(organization.slice('org_'.length));
    await eventually(
      async () => (await tableFor<'cdr'>(store, number).get(cdrRow, { id: cdrId(number, call.id, 'a') })) !== undefined,
      600_000,
    );
    return performance.now() - began;
  };
  return { sent, probe };
}

async function deadLettersOf({ queues }: Running): Promise<number> {
  const depths = queuesOfCdrs.map(async (queue) => {
    const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: namesFor('local').deadLetters(queue) }));
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Number(Attributes?.ApproximateNumberOfMessages);
  });
  return (await Promise.all(depths)).reduce((sum, depth) => sum + depth, 0);
}

/** Sends the messages of a burst, ten at once. */
async function sendBurst({ cloud, queues }: Running, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((MessageBody, position) => ({ Id: String(position), MessageBody }));
    await queues.send(new SendMessageBatchCommand({ QueueUrl: cloud.outputs['CdrQueueUrl'], Entries }));
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Runs a burst, to which no CDR of another test may be sent. */
export async function burstIn(cloud: OwnCloud, options: BurstOptions): Promise<BurstResult> {
  const running = { cloud, api: await callerOf(cloud), queues: queuesOf(cloud), store: storeOf(cloud.outputs) };
  const { api, store } = running;
  const { reseller, customer, beside } = await createAccounts(running, options.others);
  const { sent, probe } = probeOthers(running, beside);
  await probe();
  const earlier = await deadLettersOf(running);
  const deadLetters = async (): Promise<number> => (await deadLettersOf(running)) - earlier;
  // Both together would leave functions no time before their time-outs, which are of the clock.
  const slowness = options.slowness / slownessNow();
  const stop = slowness > 1 ? slowDown(running.cloud, slowness) : async () => undefined;
  try {
    const before: number[] = [];
    for (const _ of beside) before.push(await probe());
    const calls = range(options.messages * options.recordsEach).map(callOf);
    const bodies = range(options.messages).map((at) =>
      message(
        { organization: customer, batch: 'burst' },
        ...calls.slice(at * options.recordsEach, (at + 1) * options.recordsEach),
      ),
    );
    const began = performance.now();
    let isBilled = false;
    const during: number[] = [];
    const probing = async (): Promise<void> => {
      while (!isBilled) during.push(await probe());
    };
    const isFiled = async (): Promise<boolean> => {
      // Messages in a dead-letter queue stay there: no wait would end well.
      if ((await deadLetters()) > 0) return true;
      const done = await Promise.all([customer, reseller].map((each) => callsOf(running, each)));
      return done.every((count) => count >= calls.length);
    };
    await sendBurst(running, bodies);
    const probes = probing();
    await eventually(isFiled, options.slowness * (60_000 + calls.length * 20)).finally(() => {
      isBilled = true;
    });
    const seconds = (performance.now() - began) / 1_000;
    await probes;
    await stop();
    const owed = owedFor(calls);
    const billed = async (organization: string, amount: number): Promise<Billed> => ({
      owed: amount,
      account: await eventually(() => accountOf(api, store, organization)),
    });
    return {
      deadLetters: await deadLetters(),
      burst: await billed(customer, owed),
      reseller: await billed(reseller, owed),
      others: await Promise.all(beside.map((each) => billed(each, owedFor(sent.get(each) ?? [])))),
      delays: { before, during },
      seconds,
    };
  } finally {
    await stop();
  }
}

async function callsOf({ store }: Running, organization: string): Promise<number> {
  const { items } = await tableFor<'balance'>(store, Number(organization.slice('org_'.length))).query(creditRow, {});
  return items.reduce((sum, { calls = 0 }) => sum + calls, 0);
}

/** Runs a burst in a cloud of its own. */
export async function runBurst(options: BurstOptions): Promise<BurstResult> {
  const cloud = await startCloud({ RATE_LIMIT_SCALE: '1000' });
  try {
    return await burstIn(cloud, options);
  } finally {
    await cloud.stop();
  }
}

/** Asserts that no message is a dead letter, and that every call is billed once to everyone that pays for it. */
export function expectBilled({ deadLetters, burst: customer, reseller, others }: BurstResult): void {
  expect(deadLetters).toBe(0);
  for (const { owed, account } of [customer, reseller, ...others])
    expect(account).toMatchObject({ balance: -owed, ledger: -owed, shards: owed });
}
