import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { CallHandling } from '#telephony/call-handling.ts';
import { Schedule } from '#telephony/schedule.ts';
import { phoneParty } from '../call/calls.fixture.ts';
import type { Failure } from '../call/hunt.ts';
import { Redirections } from '../call/redirections.ts';
import { phoneTarget } from '../running/running-call.fixture.ts';
import { answering } from '../applications/answering.ts';
import type { Target, DecidedCall, UndecidedCall } from './target.ts';
import { outcomeOf, UserCalls } from './user-calls.ts';

const ann = { id: 'usr_ann', extension: '201', direct_number: '+46890510' } as Partial<UserItem> as UserItem;
const schedule = Schedule.parse({ name: 'Office', time_zone: 'Europe/Stockholm', override: 'closed' });

type Options = {
  readonly settings?: object;
  readonly phones?: readonly string[];
  readonly hasMailbox?: boolean;
  /** Why a forward is denied. */
  readonly denied?: string;
  readonly caller?: UndecidedCall['caller'];
  readonly hasCalledForHelp?: boolean;
  /** Whether another user's calls follow that one to Ann. */
  readonly isBeside?: boolean;
};

/** Decides a call to Ann, and then each follow-up with the failures that are given. */
function callsToAnn({
  settings = {},
  phones = ['201'],
  hasMailbox = false,
  denied,
  caller,
  hasCalledForHelp = false,
  isBeside = false,
}: Options = {}) {
  const deposits: string[] = [];
  const users = new UserCalls({
    directory: {
      user: async () => ann,
      callHandling: async () => CallHandling.parse(settings),
      schedule: async () => schedule,
      hasCalledForHelp: async () => hasCalledForHelp,
      mailboxOfUser: async () => (hasMailbox ? '201' : undefined),
      ownNumber: async (_organization, number) => ({ number }) as never,
    },
    flows: {
      deposit: async (_organization, mailbox, reason) => {
        deposits.push(`${mailbox} ${reason}`);
        return answering;
      },
    },
    forward: async (_call, to) =>
      denied === undefined ? { attempts: [[phoneTarget(JSON.stringify(to))]], isRecorded: false } : { denied },
    clock: () => new Date('2026-11-22T10:00:00.000Z'),
  });
  const called = { organization: 1_001, id: 'usr_ann', called: '201', phones: async () => phones.map(phoneTarget) };
  const call: UndecidedCall = {
    id: 'call_1',
    organization: organizationOf(1_001),
    caller: caller ?? { names: ['+14155550100'], isAnonymous: false },
    redirections: new Redirections(),
    isBeside,
    nextForward: () => 1,
    takeChannels: async () => true,
  };
  const decide = async (target: Target | undefined, failed: readonly Failure[] = []): Promise<DecidedCall> =>
    target?.to.kind === 'deferred' ? target.to.decide(call, failed) : expect.fail('nothing is to be decided');
  return { first: users.target(called), decide, deposits };
}

const textOf = (decided: DecidedCall): readonly string[] => [
  ...decided.entries.map(({ action, reason, denied }) => [action, reason, denied ?? []].flat().join(' ')),
  'failure' in decided
    ? `${decided.failure.status}`
    : decided.attempts.map((targets) => targets.map(({ party }) => party.target).join('+')).join(),
];

/** The steps of a call whose follow-ups get these failures. */
async function stepsOf(options: Options, ...failures: readonly (readonly Failure[])[]) {
  const { first, decide, deposits } = callsToAnn(options);
  const steps = [await decide(first)];
  for (const failed of failures) {
    const [last] = steps.slice(-1);
    steps.push(await decide(last !== undefined && 'followUp' in last ? last.followUp : undefined, failed));
  }
  return { steps, texts: steps.map(textOf), deposits };
}

const busy: Failure = { status: 486, by: 'peer' };
const noAnswer: Failure = { status: 480, q850: 19, by: 'timer' };

describe('a call to a user', () => {
  test('without settings and mailbox rings as long as the call does, and fails as the phones do', async () => {
    const { steps, texts } = await stepsOf({});
    expect(texts).toEqual([['ring RING', '201']]);
    expect(steps[0]).toMatchObject({ followUp: undefined, attempts: [[{ party: phoneParty('201') }]] });
    expect(steps[0]).not.toMatchObject({ attempts: [[{ rings: {} }]] });
  });

  test('without phones and mailbox is not reached', async () => {
    expect((await stepsOf({ phones: [] })).texts).toEqual([['ring RING', '480']]);
  });

  test('that no one answers in time goes to the mailbox, and ends where none can answer', async () => {
    const { steps, texts, deposits } = await stepsOf({ hasMailbox: true }, [noAnswer], [{ status: 503, by: 'us' }]);
    expect(steps[0]).toMatchObject({ attempts: [[{ rings: { delay: 0, ringTime: 20_000 } }]] });
    expect(texts).toEqual([
      ['ring RING', '201'],
      ['mailbox NO_ANSWER', '201'],
      ['end NO_ANSWER', '480'],
    ]);
    expect(deposits).toEqual(['201 unavailable']);
  });

  test('finds a user who does not want to be disturbed busy', async () => {
    expect((await stepsOf({ settings: { do_not_disturb: true } })).texts).toEqual([['end DO_NOT_DISTURB', '486']]);
    const { texts, deposits } = await stepsOf({ settings: { do_not_disturb: true }, hasMailbox: true });
    expect([texts, deposits]).toEqual([[['mailbox DO_NOT_DISTURB', '201']], ['201 busy']]);
  });

  test('is forwarded as the phones fail', async () => {
    const settings = { forward: { busy: '204', no_answer: '205', unreachable: { type: 'user', id: 'usr_2' } } };
    expect((await stepsOf({ settings }, [busy])).texts[1]).toEqual(['forward BUSY', '"204"']);
    expect((await stepsOf({ settings }, [noAnswer])).texts[1]).toEqual(['forward NO_ANSWER', '"205"']);
    const gone = await stepsOf({ settings, phones: [] });
    expect(gone.texts).toEqual([['ring RING', 'forward UNREACHABLE', '{"type":"user","id":"usr_2"}']]);
    expect(gone.steps[0]).toMatchObject({ by: { id: 'usr_ann', extension: '201', number: '+46890510' } });
  });

  test('whose forward is denied goes on as if none were set', async () => {
    const { texts } = await stepsOf({ settings: { forward: { always: '204' } }, denied: 'FORWARD_LOOP' });
    expect(texts).toEqual([['forward FORWARD_ALWAYS FORWARD_LOOP', 'ring RING', '201']]);
  });

  test('from a blocked caller is rejected', async () => {
    const settings = { blocked: ['+1415…', 'anonymous'], forward: { always: '204' } };
    const rejected = [['reject BLOCKED_BY_USER', '603']];
    expect((await stepsOf({ settings })).texts).toEqual(rejected);
    const caller = { names: [], isAnonymous: true };
    expect((await stepsOf({ settings, caller })).texts).toEqual(rejected);
  });

  test('outside of the open hours goes where the user says', async () => {
    const settings = { schedule: 'sched_1', when_closed: '206' };
    expect((await stepsOf({ settings })).texts).toEqual([['forward CLOSED', '"206"']]);
  });

  test('who has called for help rings, whatever the user says', async () => {
    const settings = { do_not_disturb: true, blocked: ['anonymous'], forward: { always: '204', busy: '205' } };
    const caller = { names: [], isAnonymous: true };
    const { texts } = await stepsOf({ settings, caller, hasCalledForHelp: true, hasMailbox: true }, [busy]);
    expect(texts).toEqual([
      ['ring EMERGENCY_CALLBACK', '201'],
      ['mailbox BUSY', '201'],
    ]);
  });

  test('follows the user to other numbers, which ring beside the phones', async () => {
    const settings = { follow_me: [{ number: '204' }, { number: '205' }] };
    const { steps } = await stepsOf({ settings });
    const [together] = 'attempts' in steps[0]! ? steps[0].attempts : [];
    expect(together?.map(({ to }) => to.kind)).toEqual(['phone', 'deferred', 'deferred']);
    const { texts } = await stepsOf({ settings, phones: [] });
    expect(texts).toEqual([['ring RING', '201+201']]);
  });

  test('that follows another user here rings phones only, and only if this one takes calls', async () => {
    const settings = { follow_me: [{ number: '204' }], forward: { no_answer: '205' } };
    const { steps, texts } = await stepsOf({ settings, hasMailbox: true, isBeside: true });
    expect([texts, steps[0]]).toMatchObject([[['ring RING', '201']], { followUp: undefined, isBeside: true }]);
    const disturbed = await stepsOf({ settings: { do_not_disturb: true }, hasMailbox: true, isBeside: true });
    expect(disturbed.texts).toEqual([['end DO_NOT_DISTURB', '480']]);
  });

  test('that comes back to the user ends there', async () => {
    const { first, decide } = callsToAnn();
    await decide(first);
    expect(textOf(await decide(first))).toEqual(['482']);
  });
});

test.each([
  [[{ status: 486 }], 'busy'],
  [[{ status: 603, by: 'peer' }], 'busy'],
  [[{ status: 480, q850: 21, by: 'peer' }], 'busy'],
  [[noAnswer, { status: 486 }], 'busy'],
  [[{ status: 503 }, noAnswer], 'no_answer'],
  [[{ status: 480, by: 'peer' }], 'no_answer'],
  [[{ status: 480, q850: 20, by: 'us' }], 'unreachable'],
  [[{ status: 480, by: 'transport' }], 'unreachable'],
  [[{ status: 404 }], 'unreachable'],
  [[], 'unreachable'],
] as const)('phones that fail with %j are %s', (failures, outcome) => {
  expect(outcomeOf(failures)).toBe(outcome);
});
