import { expect } from 'vitest';
import type { FiledCdr } from '#functions/billing/cdr-ingest/filed-cdr.ts';
import { eventually } from '#test/support/eventually.ts';
import {
  accountOf,
  createFamily,
  includedIn,
  inHundredths,
  storedCdrs,
  type Account,
  type Family,
} from '../cdr-chaos-accounts.fixture.ts';
import { miscountedIn } from './call-counters.fixture.ts';
import { callsOf, messagesOf, randomGenerator, shuffle } from '../cdr-chaos-calls.fixture.ts';
import { allowance, priceOf, sendToQueue, type Call, type Used } from '../cdr.fixture.ts';
import {
  correctedCalls,
  correctionMessages,
  faultOf,
  isUncharged,
  owedFor,
  type CorrectedCall,
  type Owed,
} from './cdr-corrections.fixture.ts';
import { killsIn, type StormCloud } from '../storm-cloud.fixture.ts';

/** CDRs that arrive several times, in any order, at a cloud that injects faults into nearly every call. */

export type ChaosOptions = {
  readonly calls: number;
  /** Calls that are corrected; by default one for ten that are not. */
  readonly corrected?: number;
  /** Seconds of the longest call; 600 by default. */
  readonly longest?: number;
  readonly seed: number;
};

export type ChaosResult = {
  readonly counted: Readonly<Record<string, number>>;
  readonly sent: number;
  /** Records among them that must be rejected. */
  readonly wrong: number;
  /** Invocations of the consumers that were killed during the storm, also with CDRs of others. */
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
  /** Counters that are not the sums of the CDRs. */
  readonly miscounted: readonly string[];
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

const consumers = ['cdr-ingest', 'cdr-backlog', 'cdr-wholesale'];

type Running = StormCloud & { readonly timeout: number };

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
    included: { ofPeriod: await eventually(() => includedIn(store, customer), timeout), ofCalls: sum('included') },
    customer: await eventually(() => accountOf(api, store, customer), timeout),
  };
}

/** Waits until all calls are charged, also to the reseller, and returns their CDRs. */
const awaitRated = (customer: string, calls: readonly Call[], { store, timeout }: Running): Promise<RatedCall[]> =>
  eventually(async () => {
    const filed = await storedCdrs(store, customer, calls);
    const open = filed.filter((cdr) => cdr === undefined || cdr.rating.wholesale === null).length;
    if (open > 0) throw new Error(`${open} of ${calls.length} are not charged to the reseller`);
    return calls.map((call, at) => ({ call, filed: filed[at] }));
  }, timeout);

/** What the calls that are not corrected came to. */
const ratingsOf = (rated: readonly RatedCall[]): Pick<ChaosResult, 'misrated' | 'gaps' | 'owed'> => ({
  misrated: rated
    .filter((each) => !isRatedByRules(each))
    .map(({ call, filed }) => `${call.id} ${call.callee} ${call.seconds}: ${JSON.stringify(filed?.rating)}`),
  gaps: gapsIn(rated),
  owed: rated.reduce((sum, each) => sum + Number(priceOf(each.call, usedBefore(each))?.charge ?? 0n), 0),
});

/** The counters of a family that are not the sums of its CDRs. @param calls of the customer, and corrected ones */
async function miscountedOf(
  store: StormCloud['store'],
  { reseller, customer, corrected }: Family,
  calls: readonly [readonly Call[], readonly Call[]],
): Promise<string[]> {
  const filedOf = async (of: string, own: readonly Call[]) =>
    (await storedCdrs(store, of, own)).filter((cdr) => cdr !== undefined);
  const [plain, changed] = await Promise.all([filedOf(customer, calls[0]), filedOf(corrected, calls[1])]);
  const miscounted = await Promise.all([
    miscountedIn(store, customer, { own: plain, sold: [] }),
    miscountedIn(store, corrected, { own: changed, sold: [] }),
    miscountedIn(store, reseller, { own: [], sold: [...plain, ...changed] }),
  ]);
  return miscounted.flat();
}

/**
 * Runs a storm of CDRs for a new family of organizations: sends all calls, waits until each is processed, and returns
 * the accounts.
 */
export async function runChaos(
  { calls: count, corrected: ofCorrected = Math.ceil(count / 10), longest = 600, seed }: ChaosOptions,
  storm: StormCloud,
): Promise<ChaosResult> {
  const { cloud, api, store, queues } = storm;
  const running = { ...storm, timeout: 30_000 + count * 210 };
  const { timeout } = running;
  const killedBefore = killsIn(cloud, consumers);
  const random = randomGenerator(seed);
  const { calls, wrong: unacceptable } = callsOf(count, { longest, random });
  const family = await eventually(() => createFamily(api), timeout);
  const { bodies, records: sent, wrong } = messagesOf([...calls, ...unacceptable], family.customer, random);
  const corrected = correctedCalls(ofCorrected, { longest, random });
  const corrections = correctionMessages(corrected, family.corrected, {
    random,
    shuffle: (all) => shuffle(all, random),
  });
  const all = shuffle([...bodies, ...corrections.bodies], random);
  await eventually(() => sendToQueue(queues, cloud.outputs['CdrQueueUrl'] ?? '', all), timeout);

  const counted = await awaitBatch(family.customer, 'storm', running, sent);
  const rated = await awaitRated(family.customer, calls, running);
  const ofCorrections = corrected.map(({ decisive }) => decisive.call);
  const settled = await settleCorrections(family.corrected, { corrected, sent: corrections.records }, running);
  return {
    counted,
    sent,
    wrong,
    killed: killsIn(cloud, consumers) - killedBefore,
    ...ratingsOf(rated),
    customer: await eventually(() => accountOf(api, store, family.customer), timeout),
    owedByReseller: calls.reduce((sum, call) => sum + Number(priceOf(call)?.charge ?? 0n), settled.owedByReseller),
    reseller: await eventually(() => accountOf(api, store, family.reseller), timeout),
    corrections: settled,
    miscounted: await eventually(() => miscountedOf(store, family, [calls, ofCorrections]), timeout),
  };
}

/**
 * Expects that every call of a storm is charged exactly once, by its last correction. @param calls those without any
 */
export function expectExact(result: ChaosResult, calls: number): void {
  const { counted, sent, wrong, misrated, gaps, owed, customer, owedByReseller, reseller, corrections } = result;
  expect({ misrated, gaps, faults: corrections.faults, miscounted: result.miscounted }).toEqual({
    ...{ misrated: [], gaps: [], faults: [], miscounted: [] },
  });
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

/** Nothing owed is 0, not -0. */
const accountOwing = (owed: number, calls: number): Account => ({
  balance: 0 - owed,
  ledger: 0 - owed,
  shards: owed,
  calls,
});
