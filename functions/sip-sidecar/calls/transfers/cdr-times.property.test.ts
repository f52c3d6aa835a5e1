import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { runs } from '#test/support/property-runs.ts';
import { minute, second } from '#schema/time.ts';
import { callCdrs } from '../call/cdr.ts';
import { gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import { sides, type Side } from '../call/state.ts';
import { answeredCall, phoneTarget, type AnsweredCall } from '../running/running-call.fixture.ts';

/** Calls whose parties are replaced again and again: each CDR covers its leg, whatever the call does in between. */

const start = Date.parse('2026-11-22T10:00:00.000Z');

/** Who calls whom, the direction of the call, and who began it. */
const kinds = {
  'of a phone to a phone': { direction: 'internal', began_by: 'phone', caller: 'phone', callee: 'phone' },
  'of a phone to a carrier': { direction: 'outbound', began_by: 'phone', caller: 'phone', callee: 'gateway' },
  'of a trunk to a phone': { direction: 'inbound', began_by: 'trunk', caller: 'trunk', callee: 'phone' },
  'of the API from a carrier to a phone': {
    direction: 'internal',
    began_by: 'api',
    caller: 'gateway',
    callee: 'phone',
  },
} as const;
type Kind = keyof typeof kinds;
type Party = 'phone' | 'gateway' | 'trunk';

const partyOf = (party: Party, name: string) => {
  if (party === 'phone') return phoneParty(name);
  const gateway = { ...gatewayParty('gw_1'), target: name };
  return party === 'trunk' ? { ...gateway, kind: 'trunk' as const, trunk_id: 'trunk_1', gateway_id: null } : gateway;
};

/** A side gets a new party, by a transfer or as another phone takes its place; or does not, as no one answers. */
const steps = fc.array(
  fc.record({
    how: fc.constantFrom('transfer', 'fail', 'replace'),
    side: fc.constantFrom(...sides),
    party: fc.constantFrom('phone', 'gateway'),
    isReferred: fc.boolean(),
  }),
  { maxLength: 5 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer S)[]> ? S : never;

/** When a leg began, was answered and ended, by the name of its CDR. */
type Times = { readonly start: number; answer?: number; end?: number };

/** Carries out a step. @returns whether the side has a new party */
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

/** Places a call of a kind, takes the steps and ends it. @returns its CDRs, and when its legs were up */
async function carry(kind: Kind, each: readonly Step[]) {
  const { direction, began_by, caller, callee } = kinds[kind];
  let now = start;
  const made = await answeredCall('201', '202', {
    facts: { direction, began_by },
    source: partyOf(caller, '201'),
    party: partyOf(callee, '202'),
    now: () => new Date(now),
  });
  const legs = new Map<string, Times>();
  const present: Record<Side, Times> = {
    source: { start, answer: start },
    destination: { start, answer: start },
  };
  const first = { ...present };
  for (const [index, step] of each.entries()) {
    now += 10 * second;
    const begun = now;
    await replace(made, step, index + 1, () => (now += 5 * second));
    const next: Times = step.how === 'fail' ? { start: begun, end: now } : { start: begun, answer: now };
    if (step.how !== 'fail') {
      present[step.side].end = now;
      present[step.side] = next;
    }
    if (step.how !== 'replace' && step.party === 'gateway') legs.set(`t${index + 1}`, next);
  }
  now += minute;
  made.call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await eventually(() => made.call.record.hangup !== null);
  const own = { internal: undefined, inbound: first.source, outbound: first.destination }[direction];
  legs.set('a', { start, answer: start, end: own?.end ?? now });
  if (began_by === 'api') legs.set('b', first.source);
  const iso = (at: number | undefined): string | undefined => (at === undefined ? at : new Date(at).toISOString());
  const expected = [...legs].map(([leg, { start: begun, answer, end = now }]) => [
    leg,
    ...[begun, answer, end].map(iso),
  ]);
  const found = callCdrs(made.call.record).map((cdr) => [cdr.leg, cdr.start_time, cdr.answer_time, cdr.end_time]);
  const byLeg = (rows: (string | undefined)[][]) => rows.toSorted(([a = ''], [b = '']) => a.localeCompare(b));
  return { found: byLeg(found), expected: byLeg(expected) };
}

test.for(Object.keys(kinds) as Kind[])('each CDR of a call %s covers its leg from begin to end', async (kind) => {
  await fc.assert(
    fc.asyncProperty(steps, async (each) => {
      const { found, expected } = await carry(kind, each);
      expect(found).toEqual(expected);
    }),
    { numRuns: runs(30) },
  );
});
