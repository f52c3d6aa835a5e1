import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Headers } from '#sip/headers.ts';
import { newCall, nextCall } from './call.ts';
import { causeNamed } from './causes.ts';
import { lineOf } from './call-lines.fixture.ts';
import type { CallEvent, CallState } from './state.ts';

type Event = CallEvent<string>;

const noLimit = { seconds: null, isReserved: false };
const at = 1_000_000;

/** Runs events and returns the commands of each, one line per command. */
function run(state: CallState<string>, ...events: readonly Event[]) {
  let call = state;
  const steps = events.map((event) => {
    const step = nextCall(call, event);
    call = step.state;
    return step.commands.map(lineOf);
  });
  return { call, steps, last: steps.at(-1) };
}

const incoming = (): CallState<string> => newCall(true, 'offer');
const routed = (...attempts: readonly (readonly string[])[]): Event => ({ type: 'routed', attempts, limit: noLimit });
const progress = (leg: string, status: number, sdp?: string): Event => ({
  type: 'progress',
  leg,
  status,
  ...(sdp === undefined ? {} : { sdp }),
});
const answer = (leg: string, sdp = `sdp-${leg}`): Event => ({ type: 'answer', leg, sdp, at });
const failure = (leg: string, status: number, by: 'peer' | 'timer' = 'peer'): Event => ({
  type: 'failure',
  leg,
  failure: { status, by },
});
const silence = (leg: string, isSilent = true): Event => ({ type: 'silence', leg, isSilent });
const end = (leg: string): Event => ({ type: 'end', leg, end: { by: 'peer' } });

describe('a call of a phone to a phone', () => {
  test('rings, is answered with the session description of the callee, and ends with the caller', () => {
    const { steps } = run(incoming(), routed(['desk']), progress('b1', 180), answer('b1'), end('a'));
    expect(steps).toEqual([
      ['trying', 'invite b1 desk offer'],
      ['ringing', 'progress 180'],
      ['answer sdp-b1', 'answered'],
      ['end b1', 'over NORMAL_CLEARING - caller'],
    ]);
  });

  test('that is forwarded tells the caller so, and one that a phone sends on does not', () => {
    const moved = { type: 'redirected', leg: 'b1', targets: ['home'] } as const;
    const { last } = run(incoming(), routed(['user']), { ...moved, isForward: true });
    expect(last).toEqual(['invite b2 home offer', 'progress 181']);
    expect(run(incoming(), routed(['desk']), moved).last).toEqual(['invite b2 home offer']);
  });

  test('ends with the callee', () => {
    expect(run(incoming(), routed(['desk']), answer('b1'), end('b1')).last).toEqual([
      'end a',
      'over NORMAL_CLEARING - callee',
    ]);
  });

  test('is rejected with what passes of the response that counts', () => {
    const passing = (leg: string, status: number): Event => ({
      type: 'failure',
      leg,
      failure: { status, by: 'peer', passes: { headers: Headers.none, reason: leg } },
    });
    const { call } = run(incoming(), routed(['desk', 'home']), passing('b1', 486));
    expect(nextCall(call, passing('b2', 503)).commands[0]).toMatchObject({ status: 486, passes: { reason: 'b1' } });
  });

  test('that was answered elsewhere, as its caller says, tells its phones so', () => {
    const { call } = run(incoming(), routed(['desk', 'soft']), progress('b1', 180));
    const ended = (status: number) => nextCall(call, { type: 'end', leg: 'a', end: { by: 'peer', status } }).commands;
    const told = { type: 'end', reason: { status: 200, text: 'Call completed elsewhere' } };
    expect(ended(200)).toMatchObject([{ leg: 'b1', ...told }, { leg: 'b2', ...told }, { type: 'over' }]);
    expect(ended(487)).toMatchObject([{ reason: { q850: 16 } }, { reason: { q850: 16 } }, { type: 'over' }]);
  });

  test('ends with the text of the response that counts, or of the BYE', () => {
    const failing = (leg: string, status: number, text: string): Event => ({
      type: 'failure',
      leg,
      failure: { status, by: 'peer', text },
    });
    const { call } = run(incoming(), routed(['desk', 'home']), failing('b1', 486, 'Busy here'));
    expect(nextCall(call, failing('b2', 503, 'Full')).commands.at(-1)).toMatchObject({
      hangup: { sip_code: 486, text: 'Busy here' },
    });
    const up = run(incoming(), routed(['desk']), answer('b1')).call;
    const bye = { type: 'end', leg: 'b1', end: { by: 'peer', q850: 31, text: 'Normal, unspecified' } } as const;
    expect(nextCall(up, bye).commands.at(-1)).toMatchObject({ hangup: { q850: 31, text: 'Normal, unspecified' } });
  });

  test('is rejected when the callee is busy', () => {
    expect(run(incoming(), routed(['desk']), failure('b1', 486)).last).toEqual([
      'reject 486',
      'over USER_BUSY 486 callee',
    ]);
  });

  test('is rejected at once when no phone can be called', () => {
    expect(run(incoming(), routed([])).last?.at(-1)).toMatch(/^over \w+ 480 callee$/);
    expect(run(incoming(), routed()).last).toContain('reject 480');
  });

  test('is not answered within the ring time', () => {
    expect(run(incoming(), routed(['desk']), failure('b1', 480, 'timer')).last).toEqual([
      'reject 480',
      'over NO_ANSWER 480 callee',
    ]);
  });

  test('whose gateway does not ring in time has not been reached', () => {
    const { last } = run(incoming(), routed(['gateway']), failure('b1', 408, 'timer'));
    expect(last).toContain('over RECOVERY_ON_TIMER_EXPIRE 408 callee');
  });

  test('is cancelled by the caller', () => {
    expect(run(incoming(), routed(['desk', 'soft']), progress('b1', 180), end('a')).last).toEqual([
      'end b1',
      'end b2',
      'over ORIGINATOR_CANCEL 487 caller',
    ]);
  });

  test('whose media have ended before ended then, but not before its answer; one that rings ends now', () => {
    const lost = (at: number): Event => ({ type: 'hang up', by: 'system', cause: causeNamed('MEDIA_RELAY_LOST'), at });
    const endOf = (ended: number, ...events: readonly Event[]) =>
      nextCall(run(incoming(), ...events).call, lost(ended)).commands.flatMap((command) =>
        command.type === 'over' ? [command.at] : [],
      );
    const up = [routed(['desk']), answer('b1')];
    expect([endOf(at + 5, ...up), endOf(at - 5, ...up)]).toEqual([[at + 5], [at]]);
    expect(endOf(at + 5, routed(['desk']))).toEqual([undefined]);
  });

  test('is ended by the API while it rings, and while it is up', () => {
    const hangUp: Event = { type: 'hang up', by: 'api', cause: { cause: 'NORMAL_CLEARING', q850: 16 } };
    expect(run(incoming(), routed(['desk']), hangUp).last).toEqual([
      'reject 603',
      'end b1',
      'over NORMAL_CLEARING - api',
    ]);
    expect(run(incoming(), routed(['desk']), answer('b1'), hangUp).last).toEqual([
      'end a',
      'end b1',
      'over NORMAL_CLEARING - api',
    ]);
  });

  test('is ended by a task that stops: the caller may try another one, the phones stop ringing', () => {
    const stop: Event = { type: 'hang up', by: 'system', cause: { cause: 'SYSTEM_SHUTDOWN', q850: 41 } };
    expect(run(incoming(), routed(['desk', 'soft']), progress('b1', 180), stop).last).toEqual([
      'reject 503',
      'end b1',
      'end b2',
      'over SYSTEM_SHUTDOWN 503 system',
    ]);
    expect(run(incoming(), stop).last).toEqual(['reject 503', 'over SYSTEM_SHUTDOWN 503 system']);
    expect(run(incoming(), routed(['desk']), answer('b1'), stop).last?.at(-1)).toBe('over SYSTEM_SHUTDOWN - system');
    const placed: Event = { type: 'placed', source: [['desk']], destination: [['one']], limit: noLimit };
    expect(run(newCall(false), placed, stop).last).toEqual(['end a1', 'over SYSTEM_SHUTDOWN - system']);
  });

  test('that was denied is rejected, and nothing is invited', () => {
    const denied: Event = { type: 'rejected', status: 403, cause: { cause: 'CALL_REJECTED', q850: 21 } };
    expect(run(incoming(), denied).steps).toEqual([['reject 403', 'over CALL_REJECTED 403 system']]);
  });

  test('passes early media of the only callee, and of one of several none', () => {
    expect(run(incoming(), routed(['pstn']), progress('b1', 183, 'early')).last).toEqual([
      'early',
      'progress 183 early',
    ]);
    expect(run(incoming(), routed(['x', 'y']), progress('b1', 183, 'early')).last).toEqual([
      'progress',
      'progress 183',
    ]);
  });

  test('without an offer gets the offer of the callee, whose answer is in the ACK of the caller', () => {
    const { steps } = run(newCall(true), routed(['desk']), answer('b1', 'offer-b'), {
      type: 'acknowledge',
      leg: 'a',
      sdp: 'answer-a',
    });
    expect(steps).toEqual([
      ['trying', 'invite b1 desk without offer'],
      ['answer offer-b', 'answered'],
      ['acknowledge b1 answer-a'],
    ]);
  });
});

test('the first phone that answers gets the call, and a second answer at the same time is ended', () => {
  const { steps } = run(incoming(), routed(['desk', 'soft']), answer('b2'), answer('b1'));
  expect(steps.slice(1)).toEqual([['end b1', 'answer sdp-b2', 'answered'], ['end b1']]);
});

test('a phone that is silent is cancelled, and the caller hears at once that the other one is busy', () => {
  const { steps } = run(incoming(), routed(['desk', 'dead']), failure('b1', 486), silence('b2'));
  expect(steps.slice(1)).toEqual([[], ['end b2', 'reject 486', 'over USER_BUSY 486 callee']]);
});

test('a phone that sends the call on is followed by the other one, whose early media are heard', () => {
  const redirected: Event = { type: 'redirected', leg: 'b1', targets: ['home'] };
  const { steps } = run(incoming(), routed(['desk']), redirected, progress('b2', 183, 'early'), failure('b2', 486));
  expect(steps.slice(1)).toEqual([
    ['invite b2 home offer'],
    ['early', 'progress 183 early'],
    ['reject 486', 'over USER_BUSY 486 callee'],
  ]);
});

test('a dead gateway is followed by its fail-over, a busy callee is not', () => {
  const { steps } = run(incoming(), routed(['one'], ['two'], ['three']), failure('b1', 503), failure('b2', 486));
  expect(steps.slice(1)).toEqual([['invite b2 two offer'], ['reject 486', 'over USER_BUSY 486 callee']]);
});

describe('a call of the API', () => {
  const placed: Event = { type: 'placed', source: [['desk']], destination: [['one'], ['two']], limit: noLimit };

  test('ends at once when the source has no phone, and when the destination has none', () => {
    expect(run(newCall(false), { ...placed, source: [[]] }).last?.at(-1)).toMatch(/^over \w+ 480 caller$/);
    const { last } = run(newCall(false), { ...placed, destination: [[]] }, answer('a1', 'offer-a'));
    expect(last).toContain('end a1');
    expect(last?.at(-1)).toMatch(/^over \w+ 480 callee$/);
  });

  test('joins source and destination by their own offers (RFC 3725, Flow III)', () => {
    const { steps } = run(
      newCall(false),
      placed,
      answer('a1', 'offer-a'),
      progress('b1', 180),
      answer('b1', 'offer-b'),
      {
        type: 'joined',
        outcome: { sdp: 'answer-a' },
      },
    );
    expect(steps).toEqual([
      ['trying', 'invite a1 desk without offer'],
      ['acknowledge a1 inactive', 'invite b1 one without offer'],
      ['ringing'],
      ['join a1 offer-b', 'answered'],
      ['acknowledge b1 answer-a'],
    ]);
  });

  test('ends when the source does not answer', () => {
    expect(run(newCall(false), placed, failure('a1', 486)).last).toEqual(['over USER_BUSY 486 caller']);
  });

  test('ends at the source when the destination fails', () => {
    expect(run(newCall(false), placed, answer('a1'), failure('b1', 503), failure('b2', 404)).last).toEqual([
      'end a1',
      'over UNALLOCATED_NUMBER 404 callee',
    ]);
  });

  test('cancels the destination when the source hangs up', () => {
    expect(run(newCall(false), placed, answer('a1'), end('a1')).last).toEqual([
      'end b1',
      'over ORIGINATOR_CANCEL 487 caller',
    ]);
  });

  test('ends at both sides when they cannot be joined', () => {
    const { last } = run(newCall(false), placed, answer('a1'), answer('b1'), {
      type: 'joined',
      outcome: { status: 488 },
    });
    expect(last).toEqual(['end a1', 'end b1', 'over INCOMPATIBLE_DESTINATION 488 caller']);
  });
});

describe('the longest call', () => {
  const limited = (isReserved: boolean): Event => ({
    type: 'routed',
    attempts: [['pstn']],
    limit: { seconds: 100, isReserved },
  });

  test('ends it', () => {
    const { steps } = run(incoming(), limited(false), answer('b1'), { type: 'limit' });
    expect(steps.slice(1)).toEqual([
      ['answer sdp-b1', 'answered', 'limit in 100000 ms'],
      ['end a', 'end b1', 'over MAX_DURATION - system'],
    ]);
  });

  test('is renewed by its reservation, from its answer on', () => {
    const { steps } = run(
      incoming(),
      limited(true),
      answer('b1'),
      { type: 'renewal' },
      { type: 'renewed', seconds: 170, at: at + 70_000 },
    );
    expect(steps.slice(1)).toEqual([
      ['answer sdp-b1', 'answered', 'limit in 100000 ms', 'renewal in 70000 ms'],
      ['renew'],
      ['limit in 100000 ms', 'renewal in 70000 ms'],
    ]);
  });

  test.each([null, 100])('stays when nothing more can be reserved (%s)', (seconds) => {
    const { last } = run(incoming(), limited(true), answer('b1'), { type: 'renewed', seconds, at: at + 70_000 });
    expect(last).toEqual([]);
  });
});

test('whatever happens, a call ends once, and every leg that was invited is ended or has ended itself', () => {
  const leg = fc.constantFrom('a', 'a1', 'a2', 'b1', 'b2', 'b3', 'b4');
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ leg, status: fc.constantFrom(180, 183) }).map(({ leg: of, status }) => progress(of, status, 'early')),
    leg.map((of) => answer(of)),
    leg.map((of): Event => ({ type: 'answer', leg: of, at })),
    fc.tuple(leg, fc.constantFrom(404, 486, 503, 603)).map(([of, status]) => failure(of, status)),
    fc.tuple(leg, fc.boolean()).map(([of, isSilent]) => silence(of, isSilent)),
    leg.map((of): Event => ({ type: 'redirected', leg: of, targets: ['home', 'soft'] })),
    leg.map(end),
    leg.map((of): Event => ({ type: 'acknowledge', leg: of, sdp: 'x' })),
    fc.constant<Event>({ type: 'joined', outcome: { sdp: 'x' } }),
    fc.constant<Event>({ type: 'limit' }),
    fc.constantFrom<Event>({ type: 'lost', side: 'source', at }, { type: 'lost', side: 'destination', at: undefined }),
  );
  const starts: Event[] = [
    routed(['x', 'y'], ['z']),
    { type: 'placed', source: [['s', 't']], destination: [['x'], ['y', 'z']], limit: noLimit },
  ];
  const hangUp: Event = { type: 'hang up', by: 'system', cause: { cause: 'SYSTEM_SHUTDOWN', q850: 41 } };
  fc.assert(
    fc.property(fc.boolean(), fc.array(event, { maxLength: 30 }), (isIncoming, events) => {
      const [start] = isIncoming ? starts : starts.slice(1);
      let call = isIncoming ? incoming() : newCall<string>(false);
      const open = new Set(isIncoming ? ['a'] : []);
      let overs = 0;
      for (const each of [start ?? hangUp, ...events, hangUp]) {
        // A leg that is over has no events.
        if ('leg' in each && !open.has(each.leg)) continue;
        if ((each.type === 'failure' || each.type === 'redirected') && each.leg === 'a') continue;
        const { state, commands } = nextCall(call, each);
        call = state;
        if (each.type === 'failure' || each.type === 'end' || each.type === 'redirected') open.delete(each.leg);
        for (const command of commands) {
          if (command.type === 'invite') open.add(command.leg.id);
          if (command.type === 'end') open.delete(command.leg);
          if (command.type === 'reject') open.delete('a');
          if (command.type === 'over') overs += 1;
        }
      }
      expect([overs, [...open]]).toEqual([1, []]);
    }),
    { numRuns: 2_000 },
  );
});

describe('a phone that takes a ringing call', () => {
  const pickUp: Event = { type: 'pick up', target: 'picker' };

  test('has it if it answers first, and the others are cancelled', () => {
    const { steps } = run(incoming(), routed(['desk', 'home'], ['later']), progress('b1', 180), pickUp, answer('b3'));
    expect(steps.slice(2)).toEqual([['invite b3 picker offer'], ['end b1', 'end b2', 'answer sdp-b3', 'answered']]);
  });

  test('is too late after the answer of another one, and ends', () => {
    const { steps } = run(incoming(), routed(['desk']), pickUp, answer('b1'), answer('b2'), pickUp);
    expect(steps.slice(2)).toEqual([['end b2', 'answer sdp-b1', 'answered'], ['end b2'], []]);
  });

  test('leaves the call as it was if it fails', () => {
    const attempts = routed(['desk'], ['later']);
    const first = run(incoming(), attempts, pickUp, failure('b2', 603), failure('b1', 503));
    expect(first.steps.slice(2)).toEqual([[], ['invite b3 later offer']]);
    const last = run(incoming(), attempts, pickUp, failure('b1', 503), failure('b2', 487));
    expect(last.steps.slice(2)).toEqual([[], ['invite b3 later offer']]);
    expect(run(incoming(), routed(['desk']), pickUp, failure('b2', 487), failure('b1', 486)).last).toContain(
      'reject 486',
    );
  });

  test('takes nothing of a call that rings at no one', () => {
    expect(run(incoming(), pickUp).last).toEqual([]);
    expect(run(newCall(false), pickUp).last).toEqual([]);
  });
});

describe('whoever answers first, the others that ring note no missed call', () => {
  const transfer: Event = {
    type: 'transfer',
    id: 't',
    side: 'destination',
    isReferred: false,
    attempts: [['one', 'two']],
    limit: noLimit,
  };
  const placed: Event = { type: 'placed', source: [['one', 'two']], destination: [['desk']], limit: noLimit };
  const pickUp: Event = { type: 'pick up', target: 'picker' };

  test.each<[string, CallState<string>, readonly Event[]]>([
    ['phones of a callee', incoming(), [routed(['one', 'two']), answer('b1')]],
    ['phones of the source of a call of the API', newCall(false), [placed, answer('a1')]],
    ['a phone whose call is picked up', incoming(), [routed(['one']), pickUp, answer('b2')]],
    ['phones of a transfer', incoming(), [routed(['desk']), answer('b1'), transfer, answer('c1')]],
    [
      'a phone whose transferred call is picked up',
      incoming(),
      [routed(['desk']), answer('b1'), transfer, pickUp, answer('c3')],
    ],
  ])('%s', (_who, begun, events) => {
    let [call, ended]: [CallState<string>, readonly unknown[]] = [begun, []];
    for (const event of events) {
      const { state, commands } = nextCall(call, event);
      call = state;
      ended = commands.flatMap((command) => (command.type === 'end' ? [command.reason] : []));
    }
    expect(ended.length).toBeGreaterThan(0);
    expect(new Set(ended)).toEqual(new Set([{ status: 200, text: 'Call completed elsewhere' }]));
  });
});
