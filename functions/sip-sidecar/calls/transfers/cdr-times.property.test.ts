import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { runs } from '#test/support/property-runs.ts';
import { minute, second } from '#schema/time.ts';
import { newProfile } from '#functions/billing/schema/billing-profile.ts';
import { readRecord } from '#functions/billing/cdr-ingest/cdr.ts';
import { rateCall, type Terms } from '#functions/billing/cdr-ingest/rating.ts';
import { compileTariff } from '#functions/billing/tariffs/compiled-tariff.ts';
import { firstVersion, NewTariff } from '#functions/billing/tariffs/tariff.ts';
import { callCdrs, type CallCdr } from '../call/cdr.ts';
import { gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import { noParty, type LegParty } from '../call/record.ts';
import { sides, type Side } from '../call/state.ts';
import type { Target, DecideUserCall } from '../routing/target.ts';
import { answeredCall, phoneTarget, type AnsweredCall } from '../running/running-call.fixture.ts';

/**
 * Calls whose parties are replaced again and again: each CDR covers its leg from begin to end, and charges it for that
 * time, whatever the call does in between. Applications are flows, mailboxes, conferences and parked calls: one takes
 * the place of a party, another phone that of the application.
 */

const start = Date.parse('2026-11-22T10:00:00.000Z');
const outside = '+15551234567';

/** Who calls whom, the direction of the call, and who began it. `forward`: a phone that sends the call on outside. */
const kinds = {
  'of a phone to a phone': { direction: 'internal', began_by: 'phone', caller: 'phone', callee: 'phone' },
  'of a phone to a carrier': { direction: 'outbound', began_by: 'phone', caller: 'phone', callee: 'gateway' },
  'of a phone to an application': { direction: 'internal', began_by: 'phone', caller: 'phone', callee: 'application' },
  'of a phone that is forwarded': { direction: 'internal', began_by: 'phone', caller: 'phone', callee: 'forward' },
  'of a trunk to a phone': { direction: 'inbound', began_by: 'trunk', caller: 'trunk', callee: 'phone' },
  'of a trunk to an application': { direction: 'inbound', began_by: 'trunk', caller: 'trunk', callee: 'application' },
  'of a trunk that is forwarded': { direction: 'inbound', began_by: 'trunk', caller: 'trunk', callee: 'forward' },
  'of the API from a carrier to a phone': {
    direction: 'internal',
    began_by: 'api',
    caller: 'gateway',
    callee: 'phone',
  },
  'of the API from a carrier to an application': {
    direction: 'internal',
    began_by: 'api',
    caller: 'gateway',
    callee: 'application',
  },
} as const;
type Kind = keyof typeof kinds;
type Party = 'phone' | 'gateway' | 'trunk' | 'application';

function partyOf(party: Party, name: string): LegParty {
  if (party === 'phone') return phoneParty(name);
  if (party === 'application') return { ...noParty, kind: 'application', target: name };
  const gateway = { ...gatewayParty('gw_1'), target: name };
  return party === 'trunk' ? { ...gateway, kind: 'trunk', trunk_id: 'trunk_1', gateway_id: null } : gateway;
}

/** A side gets a new party, by a transfer or as another phone takes its place; or does not, as no one answers. */
const steps = fc.array(
  fc.record({
    how: fc.constantFrom('transfer', 'fail', 'replace'),
    side: fc.constantFrom(...sides),
    party: fc.constantFrom('phone', 'gateway', 'application'),
    isReferred: fc.boolean(),
    /** Milliseconds before it begins, and until it is answered or rejected. */
    talk: fc.integer({ min: 1, max: 200_000 }),
    ring: fc.integer({ min: 1, max: 20_000 }),
  }),
  { maxLength: 5 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer S)[]> ? S : never;

/** When a leg began, was answered and ended, by the name of its CDR. */
type Times = { readonly start: number; answer?: number; end?: number };

/** Carries out a step. */
async function replace(made: AnsweredCall, { how, side, party, isReferred }: Step, at: number, pass: () => void) {
  const { call, listeners, isInvited, sessions } = made;
  const name = `30${at}`;
  if (how === 'replace') {
    const leg = call.parties.nextLeg();
    call.setSession(leg, sessions.get('201')!.session);
    pass();
    call.parties.replaceBy(leg, side, { leg: phoneParty(name), channels: [] });
    return;
  }
  const target = { ...phoneTarget(name), party: partyOf(party, name) };
  const limited = { side, reservation: 't', limit: { seconds: null, isReserved: false }, from: 0 } as const;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await call.transfer({
    ...{ id: `t${at}`, count: at, side, isReferred, attempts: [[target]], channels: [], limits: {}, limited },
    ...{ presented: call.record, onProgress: () => undefined, onSettled: resolve },
  });
  await isInvited(name);
  pass();
  if (how === 'fail') listeners.get(name)!.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
  else listeners.get(name)!.onAnswer({ sdp: 'sdp' });
  await promise;
}

/** A phone that sends the call on to a number outside. */
function forwarding(): Target {
  const by = { id: 'usr_ann', extension: '202', number: '+46890510' };
  const decide: DecideUserCall = async (call) => ({
    ...{ entries: [], attempts: [[{ ...phoneTarget(outside), party: gatewayParty('gw_1') }]], followUp: undefined },
    ...{ by, isRecorded: false },
    forward: { count: call.nextForward(), by, limit: { seconds: null, isReserved: false } },
  });
  const target = phoneTarget('202');
  return { ...target, party: { ...noParty, kind: 'device', target: '202' }, to: { kind: 'deferred', decide } };
}

/** 0.60 a minute for a call, and 0.006 for one that comes: 0.01 and 0.0001 for each second that has begun. */
const perSecond = { outbound: 0.01, inbound: 0.0001, internal: 0 } as const;

const terms = ((): Terms => {
  const rate = { prefix: '1', connect_fee: '0', initial_seconds: 1, increment_seconds: 1 };
  const now = '2024-01-01T00:00:00.000Z';
  const body = NewTariff.parse({
    name: 'both ways',
    currency: 'USD',
    rates: [
      { ...rate, direction: 'outbound', price_per_minute: '0.6' },
      { ...rate, direction: 'inbound', price_per_minute: '0.006' },
    ],
  });
  const tariff = compileTariff(firstVersion(body, { id: 'trf_1', organization: 1_000, now }), body.rates);
  const profile = newProfile({ id: 'bp_1', organization: 1_001, billingName: 'Acme', currency: 'USD', now });
  return { country: 'US', customerSince: Date.parse(now), profile, tariff };
})();

/** What a CDR is charged, as the consumer of CDRs reads and rates it. */
function chargeOf(record: CallCdr): number {
  const read = readRecord({ ...record }, 1_001);
  if ('rejection' in read) throw new Error(JSON.stringify(read.rejection));
  const period = { name: '2026-11', late: false, usage: { seconds: 0, includedSeconds: 0 } };
  const { status, charge } = rateCall(read.cdr, terms, period, '2026-11-22T12:00:00.000Z');
  if (status === 'unrated') throw new Error(`leg ${record.leg} has no price`);
  return Number(charge);
}

type Expected = Times & { readonly direction: CallCdr['direction'] };

/** When a leg was up, and what that costs. */
const rowOf = (leg: string, { start: begun, answer, end = 0, direction }: Expected) => ({
  leg,
  start: new Date(begun).toISOString(),
  answer: answer === undefined ? undefined : new Date(answer).toISOString(),
  end: new Date(end).toISOString(),
  charge: answer === undefined ? 0 : Number((Math.ceil((end - answer) / second) * perSecond[direction]).toFixed(4)),
});

/** Places a call of a kind, takes the steps and ends it. @returns its CDRs, and when its legs were up */
async function carry(kind: Kind, each: readonly Step[], ringing: number) {
  const { direction, began_by, caller, callee } = kinds[kind];
  const isForwarded = callee === 'forward';
  let now = start;
  const numbers = { caller: '+14155550100', called: '+14155550123', asserted: null, diverter: null, billing: null };
  const made = await answeredCall('201', '202', {
    facts: { direction, began_by, ...(direction === 'inbound' && { numbers }) },
    source: partyOf(caller, '201'),
    party: partyOf(isForwarded ? 'phone' : callee, '202'),
    ...(isForwarded && { called: { target: forwarding(), rings: outside } }),
    onRinging: () => (now += ringing),
    now: () => new Date(now),
  });
  await made.call.joined();
  const answered = now;
  const legs = new Map<string, Expected>();
  const present: Record<Side, Times> = {
    source: { start, answer: answered },
    destination: { start, answer: answered },
  };
  const first = { ...present };
  if (isForwarded) legs.set('f1', Object.assign(present.destination, { direction: 'outbound' as const }));
  for (const [index, step] of each.entries()) {
    now += step.talk;
    const begun = now;
    await replace(made, step, index + 1, () => (now += step.ring));
    const next: Times = step.how === 'fail' ? { start: begun, end: now } : { start: begun, answer: now };
    if (step.how !== 'fail') {
      present[step.side].end = now;
      present[step.side] = next;
    }
    if (step.how !== 'replace' && step.party === 'gateway')
      legs.set(`t${index + 1}`, Object.assign(next, { direction: 'outbound' as const }));
  }
  now += minute;
  made.call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await eventually(() => made.call.record.hangup !== null);
  const own = { internal: undefined, inbound: first.source, outbound: first.destination }[direction];
  legs.set('a', { start, answer: answered, end: own?.end ?? now, direction });
  if (began_by === 'api') legs.set('b', Object.assign(first.source, { direction: 'outbound' as const }));
  const byLeg = <Row extends { readonly leg: string }>(rows: readonly Row[]) =>
    rows.toSorted((one, other) => one.leg.localeCompare(other.leg));
  const found = callCdrs(made.call.record).map((cdr) => ({
    ...{ leg: cdr.leg, start: cdr.start_time, answer: cdr.answer_time, end: cdr.end_time, charge: chargeOf(cdr) },
  }));
  const expected = [...legs].map(([leg, times]) => rowOf(leg, { ...times, end: times.end ?? now }));
  return { found: byLeg(found), expected: byLeg(expected) };
}

test.for(Object.keys(kinds) as Kind[])('each CDR of a call %s covers its leg, and charges it so', async (kind) => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 20_000 }), async (each, ringing) => {
      const { found, expected } = await carry(kind, each, ringing);
      expect(found).toEqual(expected);
    }),
    { numRuns: runs(20) },
  );
});
