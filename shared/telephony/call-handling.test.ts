import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CallHandling,
  defaultCallHandling,
  firstStep,
  forwardsIn,
  hasNextStep,
  isBlockedBy,
  stepAfter,
  type HandlingFacts,
  type HandlingStep,
} from './call-handling.ts';
import { schedulesWith } from './call-handling-generated.fixture.ts';
import { expectedTrail, isOpenAt, type Situation, type World } from './call-handling-oracle.fixture.ts';
import { scheduleState } from './schedule.ts';

const runs = Number(process.env['SETTINGS'] ?? 10_000);

const outcomes = ['busy', 'no_answer', 'unreachable'] as const;
const target = fc.option(fc.constantFrom('203', '+46701234567', { type: 'user' as const, id: 'usr_2' }));
const callers = ['+46701234567', '+19005550100', '204'] as const;

const settings: fc.Arbitrary<CallHandling> = fc
  .record({
    do_not_disturb: fc.boolean(),
    forward: fc.record({ always: target, busy: target, no_answer: target, unreachable: target }),
    voicemail: fc.boolean(),
    blocked: fc.subarray(['anonymous', '+1900…', '+46701234567', '204', '+4670…']),
    when_closed: target,
  })
  .map((fields) => CallHandling.parse(fields));

const date = fc.date({ min: new Date('2026-03-25'), max: new Date('2026-04-05'), noInvalidDate: true });

const situations = fc.record({
  names: fc.subarray([...callers], { maxLength: 1 }),
  schedule: fc.option(schedulesWith(date)),
  at: date,
  hasMailbox: fc.boolean(),
  hasCalledForHelp: fc.boolean(),
});
type Generated = typeof situations extends fc.Arbitrary<infer Each> ? Each : never;

/** What decides, as the sidecar finds it. */
const factsIn = ({ names, schedule, at, hasMailbox, hasCalledForHelp }: Generated): HandlingFacts => ({
  ...{ hasMailbox, hasCalledForHelp },
  caller: { names, isAnonymous: names.length === 0 },
  isOpen: schedule === null || scheduleState(schedule, at) === 'open',
});

/** The same, as the oracle reads it. */
const situationIn = ({ schedule, at, ...given }: Generated): Situation => ({
  ...given,
  isOpen: schedule === null || isOpenAt(schedule, at),
});

const ends = fc.constantFrom('answered' as const, 'denied' as const, ...outcomes);
const world: fc.Arbitrary<World> = fc.record({
  phones: fc.constantFrom('answered' as const, ...outcomes),
  followed: fc.constant([]),
  forwards: fc.record({ always: ends, busy: ends, closed: ends, no_answer: ends, unreachable: ends }),
});

const textOf = (step: HandlingStep): string => {
  if (step.do === 'mailbox') return `mailbox ${step.reason} ${step.greeting}`;
  return step.do === 'end' ? `end ${step.reason} ${step.outcome}` : `${step.do} ${step.reason}`;
};

/** The field of the forward of a step. */
const fieldOf = ({ reason }: HandlingStep): keyof World['forwards'] =>
  (
    { FORWARD_ALWAYS: 'always', DO_NOT_DISTURB: 'busy', CLOSED: 'closed', NO_ANSWER: 'no_answer' } as Readonly<
      Partial<Record<string, keyof World['forwards']>>
    >
  )[reason] ?? (reason === 'BUSY' ? 'busy' : 'unreachable');

/** The steps that a call takes. */
function trailOf(of: CallHandling, given: HandlingFacts, { phones, forwards }: World): readonly string[] {
  const trail: string[] = [];
  let step = firstStep(of, given);
  for (;;) {
    if (step.do !== 'ring' && step.do !== 'forward') return [...trail, textOf(step)];
    const outcome = step.do === 'ring' ? phones : (forwards[fieldOf(step)] ?? 'answered');
    trail.push(outcome === 'denied' ? `${textOf(step)} denied` : textOf(step));
    if (outcome === 'answered') return trail;
    step = stepAfter(of, given, step, outcome);
  }
}

const open: HandlingFacts = {
  caller: { names: ['+46701234567'], isAnonymous: false },
  isOpen: true,
  hasMailbox: false,
  hasCalledForHelp: false,
};

describe('the order of call handling', () => {
  test(`is that of the page, in ${runs} generated settings, times, callers and phone states`, () => {
    fc.assert(
      fc.property(settings, situations, world, (of, given, happens) => {
        expect(trailOf(of, factsIn(given), happens)).toEqual(expectedTrail(of, situationIn(given), happens));
      }),
      { numRuns: runs },
    );
  });

  test('ends whatever happens', () => {
    fc.assert(
      fc.property(settings, situations, world, (of, given, happens) => {
        expect(trailOf(of, factsIn(given), happens).length).toBeLessThanOrEqual(4);
      }),
    );
  });

  test('lets who calls back after an emergency call through, whoever is blocked', () => {
    const of = CallHandling.parse({ do_not_disturb: true, blocked: ['+46701234567'], forward: { always: '203' } });
    const given = { ...open, isOpen: false, hasCalledForHelp: true };
    expect(firstStep(of, given)).toEqual({ do: 'ring', reason: 'EMERGENCY_CALLBACK' });
  });

  test('of a user without settings rings and ends', () => {
    const ring = firstStep(defaultCallHandling, open);
    expect(ring).toEqual({ do: 'ring', reason: 'RING' });
    expect(hasNextStep(defaultCallHandling, open, ring)).toBe(false);
    expect(hasNextStep(defaultCallHandling, { ...open, hasMailbox: true }, ring)).toBe(true);
  });
});

describe('settings', () => {
  test.each([
    [{ follow_me: Array.from({ length: 50 }, () => ({ number: '+46701234567' })) }, ['follow_me']],
    [{ forward: { busy: 'sip:eve@example.com' } }, ['forward', 'busy']],
    [{ forward: { always: '*97' } }, ['forward', 'always']],
    [{ blocked: ['+1900!'] }, ['blocked', 0]],
    [{ ring_seconds: 0 }, ['ring_seconds']],
    [{ follow_me: [{ number: '203', accept_key: '12' }] }, ['follow_me', 0, 'accept_key']],
    [{ intercom: 'everybody' }, ['intercom']],
  ])('%j is rejected with its path', (body, path) => {
    expect(CallHandling.safeParse(body).error?.issues[0]?.path).toEqual(path);
  });

  test.each([
    ['+4407*', '+447400123456', true],
    ['+4407*', '+442079460000', false],
    ['+36061*', '+3611234567', true],
    ['+440*', '+442079460000', true],
    // Numbers there begin with the same digits.
    ['+3906*', '+39612345678', false],
    ['+3906*', '+390612345678', true],
    ['+25006*', '+250061234567', true],
    ['+7812*', '+71234567890', false],
    ['+370800*', '+37000123456', false],
  ])('the prefix %s, which may have a trunk prefix, blocks %s: %s', (blocked, name, expected) => {
    const { blocked: stored } = CallHandling.parse({ blocked: [blocked] });
    expect(isBlockedBy(stored, { names: [name], isAnonymous: false })).toBe(expected);
  });

  test('prefixes are stored in one form', () => {
    expect(CallHandling.parse({ blocked: ['+1900*', '+1901...', '+1902…'] }).blocked).toEqual([
      '+1900…',
      '+1901…',
      '+1902…',
    ]);
  });

  test('name their forwards by path', () => {
    const of = CallHandling.parse({ forward: { busy: '203' }, follow_me: [{ number: '204' }] });
    expect(forwardsIn(of).flatMap(({ to, path }) => (to === null ? [] : [{ to, path }]))).toEqual([
      { to: '203', path: 'forward.busy' },
      { to: '204', path: 'follow_me[0].number' },
    ]);
  });

  test.each([
    [['+1900…'], { names: ['+19005550100'], isAnonymous: false }, true],
    [['+1900'], { names: ['+19005550100'], isAnonymous: false }, false],
    [['anonymous'], { names: [], isAnonymous: true }, true],
    [['anonymous'], { names: [], isAnonymous: false }, false],
  ])('%j blocks %j: %s', (blocked, caller, expected) => {
    expect(isBlockedBy(blocked, caller)).toBe(expected);
  });
});
