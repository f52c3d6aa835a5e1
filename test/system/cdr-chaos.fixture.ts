import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueUrlCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import * as z from 'zod';
import { cdrId } from '../../functions/billing/cdr-ingest/cdr-identity.ts';
import type { FiledCdr } from '../../functions/billing/cdr-ingest/filed-cdr.ts';
import { cdrRow } from '../../functions/billing/cdr-ingest/row.ts';
import { creditRow, usageRow } from '../../functions/billing/billing-profiles/row.ts';
import { namesFor } from '../../infra/names.ts';
import type { Store } from '../../shared/dynamodb/client.ts';
import { tableFor } from '../../shared/dynamodb/table.ts';
import { day } from '../../shared/schema/time.ts';
import { eventually } from '../support/eventually.ts';
import {
  allowance,
  callees,
  callerOf,
  message,
  priceOf,
  profileRates,
  sendToQueue,
  queuesOf,
  rates,
  wrongs,
  type Call,
  type Used,
} from './cdr.fixture.ts';
import {
  correctedCalls,
  correctionMessages,
  faultOf,
  isUncharged,
  owedFor,
  type CorrectedCall,
  type Owed,
} from './cdr-corrections.fixture.ts';
import { startCloud, type OwnCloud } from './cloud.ts';
import { storeOf } from './people.ts';

/** CDRs that arrive several times, in any order, at a cloud that injects faults into nearly every call. */

export type ChaosOptions = { readonly calls: number; readonly seed: number };

/** Charges of an organization, from each place that has them; amounts in hundredths of a cent. */
type Account = { readonly balance: number; readonly ledger: number; readonly shards: number; readonly calls: number };

export type ChaosResult = {
  readonly counted: Readonly<Record<string, number>>;
  readonly sent: number;
  /** Records among them that must be rejected. */
  readonly wrong: number;
  /** Invocations of the consumers that were killed. */
  readonly killed: number;
  /** Ratings that differ from the rules, given the usage of their period before them. */
  readonly misrated: readonly string[];
  /** Rated calls whose usage before differs from the sum of all calls before them. */
  readonly gaps: readonly string[];
  readonly owed: number;
  readonly customer: Account;
  readonly owedByReseller: number;
  readonly reseller: Account;
  readonly corrections: CorrectionResult;
};

/** Calls of another customer of the reseller, which are corrected, voided and revived. */
export type CorrectionResult = {
  readonly counted: Readonly<Record<string, number>>;
  readonly sent: number;
  /** CDRs that are not the record that counts, or are not rated by the rules. */
  readonly faults: readonly string[];
  readonly owed: number;
  readonly owedByReseller: number;
  /** Calls that are not void in the end. */
  readonly calls: number;
  /** Included seconds that the period has used, and that the calls have used. */
  readonly included: { readonly ofPeriod: number; readonly ofCalls: number };
  readonly customer: Account;
};

/** One call is corrected for so many that are not. */
const callsPerCorrected = 10;
/** One invocation in four is killed within this time, if it takes that long; every run kills some of the consumers. */
const kills = { rate: 0.25, milliseconds: 40 };
/**
 * Seconds until messages of a killed consumer are visible again (30 and 60 in production), and receives until one is
 * moved to the dead-letter queue.
 */
const visibilityTimeout = 3;
const maxReceives = 1_000;

/** Charges per day. */
const Ledger = z.object({ charges: z.array(z.object({ amount: z.string() })) });

type Api = Awaited<ReturnType<typeof callerOf>>;

/** mulberry32 (Tommy Ettinger, public domain). */
function randomGenerator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Calls to any of the numbers, and for every fiftieth one that must be rejected. */
function callsOf(count: number, random: () => number): { readonly calls: Call[]; readonly wrong: Call[] } {
  const any = (id: string): Call => ({
    id,
    callee: callees[Math.floor(random() * callees.length)] ?? callees[0],
    seconds: 1 + Math.floor(random() * 600),
  });
  return {
    calls: Array.from({ length: count }, (_, at) => any(`call-${at}`)),
    wrong: Array.from({ length: Math.ceil(count / 50) }, (_, at) => ({
      ...any(`wrong-${at}`),
      wrong: wrongs[at % wrongs.length] ?? wrongs[0],
    })),
  };
}

const shuffle = <T>(all: readonly T[], random: () => number): T[] =>
  all
    .map((each) => ({ each, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ each }) => each);

/** Each call one to five times, shuffled, in messages of one to ten records. `wrong`: records to be rejected. */
function messagesOf(
  calls: readonly Call[],
  organization: string,
  random: () => number,
): { readonly bodies: string[]; readonly records: number; readonly wrong: number } {
  const copies = shuffle(
    calls.flatMap((call) => Array.from({ length: 1 + Math.floor(random() * 5) }, () => call)),
    random,
  );
  const bodies: string[] = [];
  for (let at = 0; at < copies.length;) {
    const size = 1 + Math.floor(random() * 10);
    bodies.push(message({ organization, batch: 'storm' }, ...copies.slice(at, at + size)));
    at += size;
  }
  return { bodies, records: copies.length, wrong: copies.filter((call) => call.wrong !== undefined).length };
}

type Family = { readonly reseller: string; readonly customer: string; readonly corrected: string };

/** Two customers with included minutes and a volume discount, and their reseller, who pays the plain price. */
async function createFamily(api: Api): Promise<Family> {
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

/** Messages whose consumer failed come back soon, and as often as it fails. */
export async function shortenVisibility(queues: SQSClient, consumers: readonly string[]): Promise<void> {
  for (const queue of consumers) {
    const names = namesFor('local');
    const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: names.queue(queue) }));
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${names.deadLetters(queue)}`;
    await queues.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: {
          VisibilityTimeout: String(visibilityTimeout),
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: maxReceives }),
        },
      }),
    );
  }
}

const inHundredths = (amount: unknown): number => Math.round(Number(amount) * 10_000);

async function accountOf(api: Api, store: Store, organization: string): Promise<Account> {
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
async function storedCdrs(
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

type RatedCall = { readonly call: Call; readonly filed: FiledCdr | undefined };

const usedBefore = ({ filed }: RatedCall): Used | undefined => filed?.rating.usage_before;

/** Whether a call was rated by the rules, for its customer and for the reseller. */
function isRatedByRules({ call, filed }: RatedCall): boolean {
  if (filed === undefined) return false;
  const { rating } = filed;
  const [own, sold] = [priceOf(call, rating.usage_before), priceOf(call)];
  if (own === null || sold === null) return rating.status === 'unrated' && rating.wholesale?.status === 'unrated';
  return (
    rating.billed_seconds === own.billed &&
    rating.included_seconds === own.included &&
    inHundredths(rating.charge) === Number(own.charge) &&
    rating.wholesale?.status === 'rated' &&
    inHundredths(rating.wholesale.charge) === Number(sold.charge)
  );
}

/**
 * Sorted by the usage before them, each call continues the sum of those before it: none is left out or counted twice.
 */
function gapsIn(rated: readonly RatedCall[]): string[] {
  const inOrder = rated
    .flatMap(({ call, filed }) =>
      filed?.rating.usage_before === undefined ? [] : [{ call, rating: filed.rating, used: filed.rating.usage_before }],
    )
    .toSorted((one, other) => one.used.seconds - other.used.seconds);
  let [seconds, includedSeconds] = [0, 0];
  return inOrder.flatMap(({ call, rating, used }) => {
    const fits = used.seconds === seconds && used.includedSeconds === includedSeconds;
    [seconds, includedSeconds] = [used.seconds + rating.billed_seconds, used.includedSeconds + rating.included_seconds];
    return fits ? [] : [`${call.id} after ${used.seconds} (${used.includedSeconds})`];
  });
}

const killedIn = ({ dataDir }: OwnCloud): number =>
  ['cdr-ingest', 'cdr-wholesale'].reduce(
    (sum, name) =>
      sum +
      readFileSync(join(dataDir, 'logs', `${namesFor('local').function(name)}.log`), 'utf8').split('Runtime.ExitError')
        .length -
      1,
    0,
  );

/** Included seconds that the periods of an organization have used. */
async function includedIn(store: Store, organization: string): Promise<number> {
  const { items } = await tableFor<'usage'>(store, Number(organization.slice('org_'.length))).query(usageRow, {});
  return items.reduce((sum, { included_seconds = 0 }) => sum + included_seconds, 0);
}

type Running = { readonly api: Api; readonly store: Store; readonly timeout: number };

/** Waits until all records of the batch are processed. */
const awaitBatch = (of: string, batch: string, { api, timeout }: Running, sent: number) =>
  eventually(async () => {
    const { batch: counted } = await api('GET', `/cdr?org_id=${of}&batch_id=${batch}&limit=1`);
    if (counted['received'] !== sent) throw new Error(`${counted['received']} of ${sent} have come`);
    return counted;
  }, timeout);

/** Waits until the corrected calls are settled, and returns what they ended in. */
async function settleCorrections(
  customer: string,
  { corrected, sent }: { readonly corrected: readonly CorrectedCall[]; readonly sent: number },
  running: Running,
): Promise<CorrectionResult> {
  const { api, store, timeout } = running;
  const counted = await awaitBatch(customer, 'corrections', running, sent);
  const filed = await eventually(async () => {
    const stored = await storedCdrs(
      store,
      customer,
      corrected.map(({ decisive }) => decisive.call),
    );
    const open = corrected.filter((call, at) => isUncharged(call, stored[at])).length;
    if (open > 0) throw new Error(`${open} corrected calls are not charged to the reseller`);
    return stored;
  }, timeout);
  const owed = corrected.map((call, at) => owedFor(call, filed[at]));
  const sum = (name: keyof Owed): number => owed.reduce((total, each) => total + each[name], 0);
  return {
    counted,
    sent,
    faults: corrected.flatMap((call, at) => faultOf(call, filed[at]) ?? []),
    owed: sum('own'),
    owedByReseller: sum('wholesale'),
    calls: corrected.filter(({ decisive }) => decisive.call.isVoid !== true).length,
    included: { ofPeriod: await includedIn(store, customer), ofCalls: sum('included') },
    customer: await eventually(() => accountOf(api, store, customer), timeout),
  };
}

/** Sends all calls, waits until each is processed, and returns the accounts of the organizations. */
export async function runChaos({ calls: count, seed }: ChaosOptions): Promise<ChaosResult> {
  const faults = {
    seed,
    failedAnswer: 0.02,
    lostAnswer: 0.02,
    throttle: 0.02,
    conflict: 0.02,
    duplicateDelivery: 0.05,
    killedFunction: kills,
  };
  const timeout = 120_000 + count * 120;
  const cloud = await startCloud({ FAULTS: JSON.stringify(faults), RATE_LIMIT_SCALE: '1000' });
  try {
    const random = randomGenerator(seed);
    const { calls, wrong: unacceptable } = callsOf(count, random);
    const [queues, store] = [queuesOf(cloud), storeOf(cloud.outputs)];
    await shortenVisibility(queues, ['cdr-ingest', 'cdr-wholesale']);
    const api = await eventually(() => callerOf(cloud), timeout);
    const { reseller, customer, corrected: correctedCustomer } = await eventually(() => createFamily(api), timeout);
    const { bodies, records: sent, wrong } = messagesOf([...calls, ...unacceptable], customer, random);
    const corrected = correctedCalls(Math.ceil(count / callsPerCorrected), random);
    const corrections = correctionMessages(corrected, correctedCustomer, {
      random,
      shuffle: (all) => shuffle(all, random),
    });
    await sendToQueue(queues, cloud.outputs['CdrQueueUrl'] ?? '', shuffle([...bodies, ...corrections.bodies], random));

    const running = { api, store, timeout };
    const counted = await awaitBatch(customer, 'storm', running, sent);
    const rated = await eventually(async () => {
      const filed = await storedCdrs(store, customer, calls);
      const open = filed.filter((cdr) => cdr === undefined || cdr.rating.wholesale === null).length;
      if (open > 0) throw new Error(`${open} of ${count} are not charged to the reseller`);
      return calls.map((call, at): RatedCall => ({ call, filed: filed[at] }));
    }, timeout);
    const account = (organization: string): Promise<Account> =>
      eventually(() => accountOf(api, store, organization), timeout);
    const settled = await settleCorrections(correctedCustomer, { corrected, sent: corrections.records }, running);
    return {
      counted,
      sent,
      wrong,
      killed: killedIn(cloud),
      misrated: rated
        .filter((each) => !isRatedByRules(each))
        .map(({ call, filed }) => `${call.id} ${call.callee} ${call.seconds}: ${JSON.stringify(filed?.rating)}`),
      gaps: gapsIn(rated),
      owed: rated.reduce((sum, each) => sum + Number(priceOf(each.call, usedBefore(each))?.charge ?? 0n), 0),
      customer: await account(customer),
      owedByReseller: calls.reduce((sum, call) => sum + Number(priceOf(call)?.charge ?? 0n), settled.owedByReseller),
      reseller: await account(reseller),
      corrections: settled,
    };
  } finally {
    await cloud.stop();
  }
}

/**
 * Expects that every call of a storm is charged exactly once, by its last correction. @param calls those without any
 */
export function expectExact(result: ChaosResult, calls: number): void {
  const { counted, sent, wrong, misrated, gaps, owed, customer, owedByReseller, reseller, corrections } = result;
  expect({ misrated, gaps, faults: corrections.faults }).toEqual({ misrated: [], gaps: [], faults: [] });
  expect(counted).toMatchObject({
    received: sent,
    duplicate: sent - wrong - calls,
    superseded: 0,
    conflict: 0,
    rejected: wrong,
    pending: 0,
  });
  expect(Number(counted['rated']) + Number(counted['unrated'])).toBe(calls);
  expect(customer).toEqual(accountOwing(owed, calls));
  expect(reseller).toEqual(accountOwing(owedByReseller, calls + corrections.calls));
  expect(corrections.customer).toEqual(accountOwing(corrections.owed, corrections.calls));
  expect(corrections.included.ofPeriod).toBe(corrections.included.ofCalls);
  expect(corrections.included.ofPeriod).toBeLessThanOrEqual(allowance.included * 60);
  const { rated, unrated, free, void: voided, updated, duplicate, conflict, ...rest } = corrections.counted;
  expect(rest).toMatchObject({ received: corrections.sent, rejected: 0, pending: 0 });
  const settled = [rated, unrated, free, voided, updated, duplicate, conflict].map(Number);
  expect(settled.reduce((sum, each) => sum + each, 0)).toBe(corrections.sent);
}

const accountOwing = (owed: number, calls: number): Account => ({ balance: -owed, ledger: -owed, shards: owed, calls });
