import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { CallHandling } from '#telephony/call-handling.ts';
import { Redirections } from '../call/redirections.ts';
import { phoneTarget } from '../running/running-call.fixture.ts';
import { answering } from '../applications/answering.ts';
import { followedNumbers } from './follow-me.ts';
import { type Target, applicationTarget, type DecidedCall, type UndecidedCall } from './target.ts';
import type { RouteForward } from './forwards.ts';

const ann = { id: 'usr_ann', extension: '201', number: '+46890510' };

const call: UndecidedCall = {
  ...{ id: 'call_1', organization: organizationOf(1_001), caller: { names: [], isAnonymous: true } },
  ...{ redirections: new Redirections(), isBeside: false, nextForward: () => 1, takeChannels: async () => true },
};

const toPhone: RouteForward = async (_call, to) => ({
  attempts: [[phoneTarget(typeof to === 'string' ? to : to.id)]],
  isRecorded: false,
});

/** The numbers at which calls follow Ann, and what becomes of the first one. */
function followed(follow_me: readonly object[], forward = toPhone) {
  const { follow_me: numbers } = CallHandling.parse({ follow_me });
  const targets = followedNumbers({ id: 'usr_ann', called: '201' }, { numbers, user: ann }, forward);
  const decide = async (): Promise<DecidedCall> => {
    const [first] = targets;
    return first?.to.kind === 'deferred' ? first.to.decide(call, []) : expect.fail('nothing is decided');
  };
  return { targets, decide };
}

const firstOf = (decided: DecidedCall): Target =>
  ('attempts' in decided ? decided.attempts[0]?.[0] : undefined) ?? expect.fail('no one rings');

describe('a number at which calls follow a user', () => {
  test('begins to ring after its delay, for its own time', () => {
    const { targets } = followed([{ number: '204', delay_seconds: 5, ring_seconds: 15 }, { number: '205' }]);
    expect(targets.map(({ rings }) => rings)).toEqual([
      { delay: 5_000, ringTime: 15_000 },
      { delay: 0, ringTime: 20_000 },
    ]);
  });

  test('rings beside the phones as a forward of the user, and says by which key the call is taken', async () => {
    const decided = await followed([{ number: '204', accept_key: '5' }]).decide();
    expect(decided).toMatchObject({ by: ann, isBeside: true, followUp: undefined });
    expect(decided.entries).toEqual([{ user_id: 'usr_ann', action: 'forward', reason: 'FOLLOW_ME', denied: null }]);
    const { accept, isBeside } = firstOf(decided);
    expect([accept?.key, isBeside]).toEqual(['5', true]);
    const prompts = await accept?.announcement();
    expect(prompts?.map((sound) => ('name' in sound ? sound.name : 'none'))).toEqual([
      ...['call-for-you', 'to-accept-press', 'number-5', 'to-decline-hang-up'],
    ]);
  });

  test('without a key takes the call by its answer', async () => {
    expect(firstOf(await followed([{ number: '204', accept_key: null }]).decide())).not.toHaveProperty('accept');
  });

  test('that is denied rings nowhere, and says why', async () => {
    const decided = await followed([{ number: '204' }], async () => ({ denied: 'NO_CREDIT' })).decide();
    expect(decided).toMatchObject({ entries: [{ denied: 'NO_CREDIT' }], failure: { status: 480, q850: 20 } });
  });

  test('at which no person answers takes no call from the phones', async () => {
    const flow = [[applicationTarget('300', answering)]];
    const decided = await followed([{ number: '300' }], async () => ({ attempts: flow, isRecorded: false })).decide();
    expect(decided).toMatchObject({ entries: [{ denied: 'NO_ROUTE' }], failure: { status: 480 } });
  });

  test('counts with the others of the user as one forward of the call', async () => {
    const steps: unknown[] = [];
    const { decide } = followed([{ number: '204' }], async (...asked) => {
      steps.push(asked[3]);
      return toPhone(...asked);
    });
    await decide();
    expect(steps).toEqual(['follow-me of usr_ann']);
  });
});
