import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newCall, nextCall } from './call.ts';
import { lineOf } from './call-lines.fixture.ts';
import type { CallEvent, CallState } from './state.ts';

type Event = CallEvent<string>;

const noLimit = { seconds: null, isReserved: false };
const at = 1_000_000;

function run(state: CallState<string>, ...events: readonly Event[]) {
  let call = state;
  const steps = events.map((event) => {
    const step = nextCall(call, event);
    call = step.state;
    return step.commands.map(lineOf);
  });
  return { call, steps, last: steps.at(-1) };
}

const answer = (leg: string, more: Partial<Extract<Event, { type: 'answer' }>> = {}): Event => ({
  type: 'answer',
  leg,
  sdp: `sdp-${leg}`,
  at,
  ...more,
});
const failure = (leg: string, status: number): Event => ({ type: 'failure', leg, failure: { status, by: 'peer' } });
const end = (leg: string): Event => ({ type: 'end', leg, end: { by: 'peer' } });
const joined: Event = { type: 'joined', outcome: { sdp: 'answer' } };
const transfer = (more: Partial<Extract<Event, { type: 'transfer' }>> = {}): Event => ({
  type: 'transfer',
  id: 't',
  side: 'destination',
  isReferred: false,
  attempts: [['new']],
  limit: noLimit,
  ...more,
});

/** A phone that has called another one. */
const up = (): CallState<string> =>
  run(newCall(true, 'offer'), { type: 'routed', attempts: [['desk']], limit: noLimit }, answer('b1')).call;

describe('a transfer of the destination', () => {
  test('calls the new party while the old ones talk, joins it to the source, and ends the old destination', () => {
    const ringing: Event = { type: 'progress', leg: 'c1', status: 180 };
    const { steps, call } = run(up(), transfer(), ringing, answer('c1'), joined);
    expect(steps).toEqual([
      ['add destination new', 'invite c1 new without offer'],
      ['transfer t 180'],
      ['join a sdp-c1'],
      ['acknowledge c1 answer', 'end b1', 'destination left', 'transfer t done', 'clear timers'],
    ]);
    expect([call.a, call.b]).toEqual(['a', 'c1']);
  });

  test('that is busy leaves the call as it was', () => {
    const { last, call } = run(up(), transfer(), failure('c1', 486));
    expect(last).toEqual(['transfer t failed 486']);
    expect([call.phase, call.a, call.b, call.transfer]).toEqual(['up', 'a', 'b1', undefined]);
  });

  test('tries the next gateway after a dead one', () => {
    const { steps } = run(up(), transfer({ attempts: [['one'], ['two']] }), failure('c1', 503), failure('c2', 503));
    expect(steps.slice(1)).toEqual([['invite c2 two without offer'], ['transfer t failed 503']]);
  });

  test('gives up a phone that is silent when the other one has failed', () => {
    const silence: Event = { type: 'silence', leg: 'c2', isSilent: true };
    const { steps } = run(up(), transfer({ attempts: [['busy', 'dead']] }), failure('c1', 486), silence);
    expect(steps.slice(1)).toEqual([[], ['end c2', 'transfer t failed 486']]);
  });

  test('calls whom the new party sends it on to', () => {
    const redirected: Event = { type: 'redirected', leg: 'c1', targets: ['home'] };
    const { steps, call } = run(up(), transfer(), redirected, answer('c2'), joined);
    expect([steps[1], call.b]).toEqual([['invite c2 home without offer'], 'c2']);
  });

  test('without a target fails, and adds no leg', () => {
    expect(run(up(), transfer({ attempts: [] })).last).toEqual(['transfer t failed 480']);
  });

  test('whose offer the source rejects is ended, and the old call goes on', () => {
    const { last, call } = run(up(), transfer(), answer('c1'), { type: 'joined', outcome: { status: 488 } });
    expect([last, call.b]).toEqual([['end c1', 'transfer t failed 488'], 'b1']);
  });

  test('ends with the source', () => {
    const { last } = run(up(), transfer(), end('a'));
    expect(last).toEqual(['end c1', 'transfer t failed 487', 'end b1', 'over NORMAL_CLEARING - caller']);
  });

  test('goes on without the old destination, and then its failure ends the call', () => {
    const { steps } = run(up(), transfer(), end('b1'), failure('c1', 486));
    expect(steps.slice(1)).toEqual([
      ['destination left'],
      ['transfer t failed 486', 'end a', 'over USER_BUSY 486 callee'],
    ]);
  });

  test('whose new party hangs up before it is joined ends the call', () => {
    expect(run(up(), transfer(), answer('c1'), end('c1')).last).toEqual([
      'transfer t failed 487',
      'end a',
      'end b1',
      'over NORMAL_CLEARING - callee',
    ]);
  });

  test('collides with another one', () => {
    const { last, call } = run(up(), transfer(), transfer({ id: 'u' }));
    expect([last, call.transfer?.id]).toEqual([['transfer u failed 491'], 't']);
  });

  test('limits the call from its answer on by what the new party may cost', () => {
    const limit = { seconds: 100, isReserved: false };
    const { last } = run(up(), transfer({ limit }), answer('c1', { at: at + 40_000 }), joined);
    expect(last?.slice(-2)).toEqual(['clear timers', 'limit in 60000 ms']);
  });
});

describe('a transfer that a party asked for by REFER', () => {
  test('replaces the caller too, which hangs up itself', () => {
    const { steps, call } = run(up(), transfer({ side: 'source', isReferred: true }), answer('c1'), joined, end('a'));
    expect(steps.slice(1)).toEqual([
      ['join b1 sdp-c1'],
      ['acknowledge c1 answer', 'release a', 'source left', 'transfer t done', 'clear timers'],
      [],
    ]);
    expect([call.a, call.b, call.phase]).toEqual(['c1', 'b1', 'up']);
    expect(run(call, end('b1')).last).toEqual(['end c1', 'over NORMAL_CLEARING - callee']);
  });

  test('whose party has hung up at once (RFC 5359 §2.4) still joins the other one', () => {
    const { last } = run(up(), transfer({ isReferred: true }), end('b1'), answer('c1'), joined);
    expect(last).toEqual(['acknowledge c1 answer', 'transfer t done', 'clear timers']);
  });
});

describe('a party that is to be replaced, before it is known by whom', () => {
  const leaving: Event = { type: 'leaving', side: 'destination' };
  const denied: Event = { type: 'not replaced', failure: { status: 403 } };

  test('may hang up: the other one waits, and is joined to the new party', () => {
    const { steps, call } = run(up(), leaving, end('b1'), transfer({ isReferred: true }), answer('c1'), joined);
    expect(steps.slice(0, 3)).toEqual([
      [],
      ['destination left'],
      ['add destination new', 'invite c1 new without offer'],
    ]);
    expect([call.a, call.b, call.leaving, call.phase]).toEqual(['a', 'c1', undefined, 'up']);
  });

  test('may hang up before another session takes its place', () => {
    const replaced: Event = { type: 'replace', side: 'destination', by: 'x1', isReferred: true };
    const { last, call } = run(up(), leaving, end('b1'), replaced);
    expect([last, call.b]).toEqual([['destination left for another call'], 'x1']);
  });

  test('that is not replaced stays, and has left the other one alone if it has hung up', () => {
    expect(run(up(), leaving, denied).call).toEqual(up());
    expect(run(up(), leaving, end('b1'), denied).last).toEqual(['end a', 'over CALL_REJECTED 403 callee']);
  });

  test('may be replaced by another one, when the first one has failed', () => {
    const { steps, call } = run(up(), leaving, end('b1'), transfer(), failure('c1', 486), transfer({ id: 'u' }));
    expect(steps.at(-2)).toEqual(['transfer t failed 486']);
    expect([call.phase, call.transfer?.id]).toEqual(['up', 'u']);
  });

  test('collides with a transfer of the other side', () => {
    expect(run(up(), leaving, transfer({ side: 'source' })).last).toEqual(['transfer t failed 491']);
  });

  test('leaves nothing to wait for when the other one hangs up', () => {
    expect(run(up(), leaving, end('b1'), end('a')).last).toEqual(['over NORMAL_CLEARING - caller']);
  });
});

test('a party that another session replaces leaves, and the call ends with that session', () => {
  const { last, call } = run(up(), { type: 'replace', side: 'destination', by: 'x1', isReferred: true });
  expect(last).toEqual(['release b1', 'destination left for another call']);
  expect(run(call, end('x1')).last).toEqual(['end a', 'over NORMAL_CLEARING - callee']);
  expect(run(call, end('a')).last).toEqual(['end x1', 'over NORMAL_CLEARING - caller']);
});

test('a session that comes to a call which is being transferred is ended', () => {
  const { last } = run(up(), transfer(), { type: 'replace', side: 'source', by: 'x1', isReferred: false });
  expect(last).toEqual(['end x1']);
});

test('whatever transfers a call has, it ends once, each settles once, and no leg is left or alone', () => {
  const leg = fc.constantFrom('a', 'b1', 'c1', 'c2', 'c3', 'c4', 'c5', 'x1', 'x2');
  const side = fc.constantFrom('source' as const, 'destination' as const);
  let adopted = 0;
  const event: fc.Arbitrary<(n: number) => Event> = fc.oneof(
    fc.tuple(side, fc.boolean(), fc.constantFrom([['x']], [['x', 'y'], ['z']], [])).map(
      ([of, isReferred, attempts]) =>
        (n: number) =>
          transfer({ id: `t${n}`, side: of, isReferred, attempts }),
    ),
    fc.tuple(side, fc.boolean()).map(([of, isReferred]) => (): Event => {
      adopted += 1;
      return { type: 'replace', side: of, by: `x${adopted}`, isReferred };
    }),
    leg.map((of) => () => answer(of)),
    leg.map((of) => (): Event => ({ type: 'answer', leg: of, at })),
    fc.tuple(leg, fc.constantFrom(404, 486, 503, 603)).map(
      ([of, status]) =>
        () =>
          failure(of, status),
    ),
    leg.map((of) => () => end(of)),
    side.map((of) => (): Event => ({ type: 'leaving', side: of })),
    fc.constant((): Event => ({ type: 'not replaced', failure: { status: 403 } })),
    fc.constant(() => joined),
    fc.constant((): Event => ({ type: 'joined', outcome: { status: 488 } })),
  );
  const hangUp: Event = { type: 'hang up', by: 'system', cause: { cause: 'SYSTEM_SHUTDOWN', q850: 41 } };
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      adopted = 0;
      let call = up();
      const open = new Set(['a', 'b1']);
      const answered = new Set(['a', 'b1']);
      const settled = new Map<string, number>();
      let overs = 0;
      for (const [n, of] of [...events, () => hangUp].entries()) {
        const each = of(n);
        if ('leg' in each) {
          if (!open.has(each.leg)) continue;
          // A leg fails before its answer, and ends after it; it answers once.
          if (each.type === 'end' ? !answered.has(each.leg) : answered.has(each.leg)) continue;
          if (each.type === 'answer') answered.add(each.leg);
          else open.delete(each.leg);
        }
        if (call.phase === 'over' && (each.type === 'transfer' || each.type === 'replace')) continue;
        if (each.type === 'transfer') settled.set(each.id, 0);
        if (each.type === 'replace') {
          open.add(each.by);
          answered.add(each.by);
        }
        const { state, commands } = nextCall(call, each);
        call = state;
        const isWaiting = call.phase !== 'up' || call.leaving !== undefined || call.transfer !== undefined;
        expect(isWaiting || (call.a !== '' && call.b !== undefined)).toBe(true);
        for (const command of commands) {
          if (command.type === 'invite') open.add(command.leg.id);
          if (command.type === 'end' || command.type === 'release') open.delete(command.leg);
          if (command.type === 'over') overs += 1;
          if (command.type === 'transferred' || command.type === 'transfer failed')
            settled.set(command.id, (settled.get(command.id) ?? 0) + 1);
        }
      }
      expect([overs, [...open], [...settled.values()].filter((count) => count !== 1)]).toEqual([1, [], []]);
    }),
    { numRuns: 1_500 },
  );
});
