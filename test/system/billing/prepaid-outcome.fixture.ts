import { expect } from 'vitest';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { costOf } from './call-storm.fixture.ts';
import type { AdministeredTenant, Body } from '../tenant.fixture.ts';

/** What became of the calls of prepaid organizations (`prepaid-storm.fixture.ts`), and what must be true of it. */

/** What is true of the calls of one kind. */
export type CallKind = {
  readonly name: string;
  /** Milliseconds after which it is over; after its first leg, if it must reach someone. */
  readonly talk: number;
  /** Whether the number outside may be called. */
  readonly callsOutside: boolean;
  /** Whether it may reach no one. */
  readonly mayReachNoOne: boolean;
};

/** A prepaid organization, the phone that calls, and its carrier. */
export type StormCustomer = {
  readonly tenant: AdministeredTenant;
  readonly reseller: number;
  readonly caller: Softphone;
  readonly carrier: Softphone;
  /** Its phones that may ring. */
  readonly phones: Softphone[];
};

/** A call that will be made. */
export type PlannedCall<Customer extends StormCustomer = StormCustomer, Kind extends CallKind = CallKind> = {
  readonly customer: Customer;
  readonly kind: Kind;
  /** The number outside. */
  readonly outside: string;
  /** What is dialed. */
  readonly dialed: string;
};

/** A call as its caller sees it. */
export type PlacedCall<Customer extends StormCustomer = StormCustomer, Kind extends CallKind = CallKind> = PlannedCall<
  Customer,
  Kind
> & {
  readonly startedAt: number;
  readonly call: SoftCall;
  /** When its caller has hung up; Infinity: it has not yet. */
  endedAt: number;
};

/** What a call costs a reseller, and its charge for so many seconds: one without a billable second is free. */
export const wholesale = { prefix: '1', connect_fee: 0.02, price_per_minute: 0.3 };
const wholesaleOf = (seconds: number): bigint => (seconds === 0 ? 0n : 20_000n + 5_000n * BigInt(seconds));
/** Milliseconds in which all others have stopped to ring: CANCEL is repeated if it is lost (RFC 3261 §17.1). */
const settling = 12_000;
/** Milliseconds by which an INVITE is late whose first copies are lost. */
const late = 4_000;

/** When a task did not answer, as it was killed and had not started again: Unix milliseconds. */
export type Outage = { readonly from: number; readonly to: number };

/** A leg as its phone or carrier sees it: Unix milliseconds. */
export type SeenLeg = {
  /** The number outside of its call. */
  readonly outside: string;
  /** Whether a carrier has it, and so whether it is charged. */
  readonly isOutside: boolean;
  readonly from: number;
  answered?: number;
  to?: number;
};

export type StormBalance = { readonly credits: bigint; readonly charges: bigint; readonly reservations: bigint };

export type PrepaidOutcome = {
  readonly placed: readonly PlacedCall[];
  readonly killed: readonly number[];
  readonly outages: readonly Outage[];
  /** By the number outside of their call. */
  readonly legs: ReadonlyMap<string, readonly SeenLeg[]>;
  readonly accounts: readonly {
    readonly reseller: number;
    readonly cdrs: readonly Body[];
    readonly balance: StormBalance;
  }[];
  readonly resellers: readonly StormBalance[];
};

export const calleeOf = ({ callee }: Body): string => String(callee).replace('+', '');
const secondsOf = ({ billable_seconds: seconds }: Body): number => Number(seconds);
/** Of a leg over a carrier that was answered: calls to own numbers cost nothing. */
export const isCharged = (cdr: Body): boolean => cdr['disposition'] === 'ANSWERED' && calleeOf(cdr).startsWith('1212');
export const sumOf = (cdrs: readonly Body[], cost = costOf): bigint =>
  cdrs.reduce((sum, cdr) => sum + cost(secondsOf(cdr)), 0n);
/** What a reseller owes for the calls of its customers. */
export const owedBy = (reseller: number, accounts: PrepaidOutcome['accounts']): bigint =>
  accounts
    .filter((account) => account.reseller === reseller)
    .reduce((sum, { cdrs }) => sum + sumOf(cdrs.filter(isCharged), wholesaleOf), 0n);

/** Milliseconds after which an answer is stored, with the dialogs of its call. */
const unstored = 3_000;

/** Milliseconds by which a busy process reads a packet late. A task that was killed is gone for longer. */
const readLate = 1_000;

/**
 * Whether a leg rings on, as the task died that called it: no other one can cancel it. The phone stops by itself, or is
 * told when it answers that there is no such call.
 */
export const mayRingOn = ({ from, answered }: SeenLeg, killed: readonly number[]): boolean =>
  killed.some((at) => from < at + readLate && (answered === undefined || answered > at - unstored));

/** Milliseconds by which CDR and carrier may differ: seconds are whole, and packets are lost. */
const slack = 4_000;
/** Whether a task was killed while a call was set up or talked, or its end was not stored yet. */
export const isHit = ({ startedAt, endedAt }: PlacedCall, killed: readonly number[]): boolean =>
  killed.some((at) => at > startedAt - 1_000 && at < endedAt + 3_000);

/** Whether a leg outside was answered before its caller hung up: an answer that crosses that is ended at once, free. */
export const isTalked = ({ isOutside, answered }: SeenLeg, { endedAt }: PlacedCall): boolean =>
  isOutside && answered !== undefined && answered < endedAt;

/** Expects what holds for each call, also if its task was killed. */
function expectOneCharge(placed: PlacedCall, { legs, killed }: PrepaidOutcome, charged: readonly Body[]): void {
  const { outside, dialed, kind, endedAt } = placed;
  const answered = (legs.get(outside) ?? []).filter((leg) => leg.isOutside && leg.answered !== undefined);
  const seen = JSON.stringify({ answered, charged, endedAt });
  const place = `${kind.name} ${dialed} ${outside}: ${seen}, killed ${killed.join()}`;
  expect(charged.length, place).toBeLessThanOrEqual(Math.max(1, answered.length));
  if (isHit(placed, killed)) return;
  expect(charged.length, place).toBeLessThanOrEqual(answered.length);
  expect(charged.length, place).toBeGreaterThanOrEqual(answered.filter((leg) => isTalked(leg, placed)).length);
  const [cdr, { answered: from = 0, to = 0 } = {}] = [charged[0], answered[0]];
  if (cdr === undefined) return;
  expect(Math.abs(secondsOf(cdr) * 1_000 - (to - from)), place).toBeLessThanOrEqual(slack);
}

/** Expects that others than who has the call do not ring any more soon after that. */
function expectSilence(placed: PlacedCall, { legs, killed, outages }: PrepaidOutcome): void {
  const { outside, dialed, startedAt, kind, call } = placed;
  const all = legs.get(outside) ?? [];
  const answers = all.flatMap(({ answered }) => answered ?? []);
  const seen = JSON.stringify({ all, outages, caller: call.log });
  const place = `${kind.name} ${dialed} ${outside} at ${startedAt}: ${seen}`;
  if (isHit(placed, killed)) return;
  // Two that answer at once: the later one is ended.
  const first = Math.min(...answers, Infinity);
  for (const { from, answered, to = Infinity } of all) {
    expect(from, place).toBeLessThanOrEqual(first + late);
    if (answered === undefined) expect(to, place).toBeLessThanOrEqual(Math.max(first, from) + settling);
  }
  if (!kind.callsOutside)
    expect(
      all.filter(({ isOutside }) => isOutside),
      place,
    ).toEqual([]);
  // A task that was killed answers nothing until it has started again; who gives up early may have reached no one.
  const isStarting = outages.some(({ from, to }) => from < startedAt && startedAt < to);
  if (!isStarting && !kind.mayReachNoOne) expect(all.length, place).toBeGreaterThan(0);
}

/**
 * Expects one CDR of each charged leg, charges that are their sum and never more than the credit, the same for
 * resellers, and silence after each answer.
 */
export function expectAllPaid(result: PrepaidOutcome): void {
  const { placed, accounts, resellers: sellers } = result;
  const cdrs = accounts.flatMap((account) => account.cdrs);
  const names = cdrs.map((cdr) => `${String(cdr['call_id'])} ${calleeOf(cdr)}`);
  expect(names.length).toBe(new Set(names).size);
  const charged = Map.groupBy(cdrs.filter(isCharged), calleeOf);
  for (const each of placed) {
    expectOneCharge(each, result, charged.get(each.outside) ?? []);
    expectSilence(each, result);
  }
  for (const { balance, cdrs: of } of accounts) {
    expect(balance.charges).toBe(sumOf(of.filter(isCharged)));
    expect(balance.credits - balance.charges).toBeGreaterThanOrEqual(0n);
    if (result.killed.length === 0) expect(balance.reservations).toBe(0n);
  }
  expect(sellers.map(({ charges }) => charges)).toEqual(sellers.map((_, at) => owedBy(at, accounts)));
}

/** What a run was, in numbers. */
export const summaryOf = ({ placed, killed, outages, legs, accounts, resellers: sellers }: PrepaidOutcome) => ({
  calls: placed.length,
  kills: killed.length,
  outages: outages.map(({ from, to }) => to - from),
  hit: placed.filter((each) => isHit(each, killed)).length,
  legs: [...legs.values()].flat().length,
  answered: [...legs.values()].flat().filter(({ answered }) => answered !== undefined).length,
  /** Calls by their kind, and those of which the caller was answered. */
  kinds: Object.fromEntries(
    [...Map.groupBy(placed, ({ kind }) => kind.name)].map(([name, of]) => [
      name,
      [of.length, of.filter(({ call }) => call.log.includes('answered')).length] as const,
    ]),
  ),
  charged: accounts.flatMap(({ cdrs }) => cdrs.filter(isCharged)).length,
  charges: accounts.map(({ balance }) => Number(balance.charges) / 1_000_000),
  resellers: sellers.map(({ charges }) => Number(charges) / 1_000_000),
});
