import fc from 'fast-check';
import { CallHandling, type ForwardTarget } from '#telephony/call-handling.ts';
import { expectedTrail, isOpenAt, type Outcome, type World } from '#telephony/call-handling-oracle.fixture.ts';
import type { Schedule } from '#telephony/schedule.ts';

/** Generated calls to users, and what the oracle of call handling expects of them. */

export const fields = ['always', 'busy', 'closed', 'no_answer', 'unreachable'] as const;
export type ForwardField = (typeof fields)[number];

/** How many of a kind all calls share. */
export const slots = { follow: 2, schedules: 16 } as const;

/** Numbers of callers. The first one is blocked by the organization; a peer names the last one. */
export const outside = ['+19005550100', '+46701234567', '+15550009999'] as const;

/** Who calls, by which kind of trunk (none: a phone), and the number by which it may be blocked. */
export const callers = {
  inside: { trunk: null, number: null, isHidden: false },
  'inside, withheld': { trunk: null, number: null, isHidden: true },
  carrier: { trunk: 'carrier', number: outside[1], isHidden: false },
  'carrier, blocked': { trunk: 'carrier', number: outside[0], isHidden: false },
  'carrier, withheld': { trunk: 'carrier', number: outside[1], isHidden: true },
  'carrier, anonymous': { trunk: 'carrier', number: null, isHidden: true },
  peer: { trunk: 'peer', number: outside[2], isHidden: false },
  pbx: { trunk: 'pbx', number: outside[0], isHidden: false },
} as const;
type Caller = keyof typeof callers;

/** Where forwards lead, and how they end. */
export const forwardEnds = {
  nowhere: 'denied',
  'user answers': 'answered',
  'user busy': 'busy',
  'user no_answer': 'no_answer',
  'user unreachable': 'unreachable',
  'user by id': 'answered',
  device: 'answered',
  'outside answers': 'answered',
  'outside busy': 'busy',
  'outside no_answer': 'no_answer',
  'outside unreachable': 'unreachable',
  'flow answers': 'answered',
  'flow by extension': 'answered',
  'flow busy': 'busy',
  'flow rejects': 'busy',
  'flow ends': 'no_answer',
  'flow disabled': 'denied',
  'group answers': 'answered',
  'group busy': 'busy',
  'group silent': 'no_answer',
  'group empty': 'unreachable',
  'group, then flow': 'answered',
  'group outside': 'answered',
  mailbox: 'answered',
  // It says so.
  'mailbox disabled': 'answered',
} as const satisfies Readonly<Record<string, Outcome>>;
export type ForwardEnd = keyof typeof forwardEnds;

/** The key by which follow-me numbers take a call. */
export const acceptKey = '5';

type FollowedEnd = { readonly ends: Outcome; readonly hasKey: boolean };

/** What becomes of a follow-me number: of a user, of someone outside, or of what is not called. */
export const followedEnds = {
  nowhere: { ends: 'denied', hasKey: false },
  flow: { ends: 'denied', hasKey: false },
  'user answers': { ends: 'answered', hasKey: false },
  'user presses': { ends: 'answered', hasKey: true },
  'user busy': { ends: 'busy', hasKey: false },
  'user disturbed': { ends: 'unreachable', hasKey: false },
  'outside answers': { ends: 'answered', hasKey: false },
  'outside presses': { ends: 'answered', hasKey: true },
  'outside presses others': { ends: 'no_answer', hasKey: true },
  'outside hangs up': { ends: 'no_answer', hasKey: true },
  'outside declines': { ends: 'no_answer', hasKey: true },
  'outside waits': { ends: 'no_answer', hasKey: true },
  'outside rings': { ends: 'no_answer', hasKey: true },
  'outside busy': { ends: 'busy', hasKey: true },
  'outside no_answer': { ends: 'no_answer', hasKey: true },
  'outside unreachable': { ends: 'unreachable', hasKey: false },
} as const satisfies Readonly<Record<string, FollowedEnd>>;
export type Followed = keyof typeof followedEnds;

/** What the phones of a user do, and the state in which they are. `rings`: until their time is over. */
export const phoneEnds = {
  answers: { ends: 'answered', answers: 'answer' },
  busy: { ends: 'busy', answers: 486 },
  declines: { ends: 'busy', answers: 603 },
  rings: { ends: 'no_answer', answers: 'ring' },
  no_answer: { ends: 'no_answer', answers: 480 },
  unreachable: { ends: 'unreachable', answers: 503 },
} as const;

const way = fc.option(fc.constantFrom(...(Object.keys(forwardEnds) as ForwardEnd[])), { freq: 2 });
/** Each that is asked for a key and does not press it takes ten seconds. */
const rare: readonly Followed[] = ['outside waits'];
const followed = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...rare) },
  { weight: 20, arbitrary: fc.constantFrom(...(Object.keys(followedEnds) as Followed[])) },
);

export const cases = fc.record({
  /** Who is called: a user with a mailbox, one without, one that has called for help, or one without a phone. */
  callee: fc.constantFrom('boxed', 'plain', 'plain', 'helped', 'absent'),
  caller: fc.oneof(fc.constant<Caller>('inside'), fc.constantFrom(...(Object.keys(callers) as Caller[]))),
  /** Whether a colleague is called, who forwards each call to the user. */
  isByColleague: fc.constantFrom(false, false, false, true),
  /** How often others have sent the call on before a trunk brings it. */
  diversions: fc.constantFrom(0, 0, 0, 1, 3, 4, 5),
  isDisturbed: fc.constantFrom(false, false, false, true),
  voicemail: fc.boolean(),
  blocked: fc.subarray(['anonymous', '+1900…', outside[1], 'inside', '+4670…', '+1555…'], { maxLength: 2 }),
  ways: fc.record({
    always: fc.oneof(fc.constant(null), way),
    busy: way,
    closed: way,
    no_answer: way,
    unreachable: way,
  }),
  followed: fc.oneof(fc.constant<Followed[]>([]), fc.array(followed, { minLength: 1, maxLength: slots.follow })),
  phones: fc.constantFrom(...(Object.keys(phoneEnds) as (keyof typeof phoneEnds)[])),
  /** One of those that all calls share; null: none. */
  schedule: fc.option(fc.nat({ max: slots.schedules - 1 }), { freq: 1 }),
});
export type Case = typeof cases extends fc.Arbitrary<infer Each> ? Each : never;

/** What the settings of a case name. */
export type Named = {
  /** Extension of the caller inside. */
  readonly caller: string;
  readonly schedules: readonly { readonly id: string; readonly schedule: Schedule }[];
  readonly forwardTo: (way: ForwardEnd, field: ForwardField) => ForwardTarget;
  /** @param slot of the numbers of one user */
  readonly numberOf: (followed: Followed, slot: number) => string;
};

/** How long those ring that do nothing: the shortest time that there is. Seconds. */
export const ringSeconds = 5;
/** How long others ring at most, on a machine that has other work. */
const patience = 60;

/** What a user says of its calls. */
export function settingsOf(given: Case, named: Named): CallHandling {
  const to = (field: ForwardField): ForwardTarget | null => {
    const wanted = given.ways[field];
    return wanted === null ? null : named.forwardTo(wanted, field);
  };
  return CallHandling.parse({
    do_not_disturb: given.isDisturbed,
    voicemail: given.voicemail,
    forward: { always: to('always'), busy: to('busy'), no_answer: to('no_answer'), unreachable: to('unreachable') },
    ring_seconds: given.phones === 'rings' ? ringSeconds : patience,
    follow_me: given.followed.map((each, slot) => ({
      number: named.numberOf(each, slot),
      ring_seconds: each === 'outside rings' ? ringSeconds : patience,
      accept_key: followedEnds[each].hasKey ? acceptKey : null,
    })),
    blocked: given.blocked.map((entry) => (entry === 'inside' ? named.caller : entry)),
    schedule: given.schedule === null ? null : (named.schedules[given.schedule]?.id ?? null),
    when_closed: to('closed'),
  });
}

function worldOf({ callee, phones, followed: numbers, ways }: Case): World {
  const made = fields.flatMap((field) => {
    const wanted = ways[field];
    return wanted === null ? [] : [[field, forwardEnds[wanted]] as const];
  });
  return {
    phones: callee === 'absent' ? 'unreachable' : phoneEnds[phones].ends,
    followed: numbers.map((each) => followedEnds[each].ends),
    forwards: Object.fromEntries(made),
  };
}

/** What becomes of a call: what its user's settings did, how it ended for the caller, and what blocked it. */
export type Seen = { readonly trail: readonly string[]; readonly end: string; readonly isBlocked: boolean };

const isFollowMe = (step: string): boolean => step.startsWith('forward FOLLOW_ME');

/** Those that ring together end in any order; when the search ends early, the others may not have been decided. */
const comparable = (trail: readonly string[], isRingOver: boolean): readonly string[] => {
  const steps = trail.filter((step) => !isFollowMe(step));
  return isRingOver ? steps : [...steps, ...trail.filter(isFollowMe).toSorted()];
};

/** Whether the phones end the search for all that ring with them. */
const isDeclined = ({ callee, phones }: Case): boolean => callee !== 'absent' && phones === 'declines';

/** Whether the last step that was taken is one that rings. */
const endsRinging = (trail: readonly string[]): boolean => {
  const [last = ''] = trail.filter((step) => !isFollowMe(step)).slice(-1);
  return last.startsWith('ring');
};

/** Follow-me numbers that answer, and end without the key. */
const unaccepted: readonly Followed[] = ['outside presses others', 'outside hangs up', 'outside waits'];

/**
 * The trail that was seen, as it is compared: without what was answered and not accepted, if a number may do so, as the
 * search for others may have ended before.
 */
export function comparableSeen(given: Case, trail: readonly string[], isAnswered: boolean): readonly string[] {
  const mayDecline = given.followed.some((each) => unaccepted.includes(each));
  const steps = mayDecline ? trail.filter((step) => step !== 'end NOT_ACCEPTED') : trail;
  return comparable(steps, isDeclined(given) || (isAnswered && endsRinging(steps)));
}

/** What is expected of a call. */
export type Expected = Seen & {
  /** Whether it rings until the caller gives up, as nothing may follow. */
  readonly ringsOn: boolean;
};

/** What the user hears of by whom it is called. */
const namesOf = ({ caller }: Case, { caller: inside }: Named): readonly string[] => {
  const { trunk, number, isHidden } = callers[caller];
  if (isHidden) return [];
  return trunk === null ? [inside] : [number];
};

/** How a call ends that is not answered: for the caller, who may have called a colleague that forwards it. */
const failedBy = (last: string, { isByColleague }: Case): string => {
  if (last.startsWith('reject')) return isByColleague ? 'failed 486' : 'failed 603';
  return last.endsWith(' busy') ? 'failed 486' : 'failed 480';
};

/** Whether anything may follow the ringing: else the phones ring as long as the call does. */
const mayFollow = ({ ways, voicemail }: Case, hasMailbox: boolean, hasCalledForHelp: boolean): boolean =>
  (voicemail && hasMailbox) ||
  (!hasCalledForHelp && (ways.busy !== null || ways.no_answer !== null || ways.unreachable !== null));

export function expectedOf(given: Case, named: Named, at: Date): Expected {
  const { callee, isByColleague, caller } = given;
  const hasCalledForHelp = callee === 'helped';
  const isBlocked = caller === 'carrier, blocked' && (!hasCalledForHelp || isByColleague);
  if (isBlocked) return { trail: [], end: 'failed 603', isBlocked, ringsOn: false };
  const hasMailbox = callee !== 'plain';
  const schedule = given.schedule === null ? undefined : named.schedules[given.schedule]?.schedule;
  const world = worldOf(given);
  const situation = {
    names: namesOf(given, named),
    isOpen: schedule === undefined || isOpenAt(schedule, at),
    hasMailbox,
    hasCalledForHelp,
    forwardsLeft: 5 - diversionsOf(given) - Number(isByColleague),
  };
  // A phone that declines does so for all that ring (RFC 3261 §16.7, step 5).
  const followedInTime = isDeclined(given) ? [] : world.followed;
  const trail = expectedTrail(settingsOf(given, named), situation, { ...world, followed: followedInTime });
  const [last = ''] = trail.slice(-1);
  const rings = trail.some((step) => step.startsWith('ring'));
  const isTaken = !/^(end|reject) /.test(last);
  const ringsOn =
    rings &&
    !isTaken &&
    given.phones === 'rings' &&
    callee !== 'absent' &&
    !mayFollow(given, hasMailbox, hasCalledForHelp);
  const steps = trail
    .filter((step) => !(ringsOn && step.startsWith('end ')))
    .map((step) => (/^(mailbox|end) /.test(step) ? step.split(' ').slice(0, 2).join(' ') : step));
  return {
    trail: comparable(steps, isDeclined(given) || (isTaken && endsRinging(trail))),
    end: isTaken ? 'answered' : ringsOn ? 'failed 487' : failedBy(last, given),
    isBlocked,
    ringsOn,
  };
}

/**
 * How often the call has been sent on when it comes. Where a phone declines at once, the numbers that follow the user
 * may have counted or not, so that a call of the last forward would go either way.
 */
export const diversionsOf = (given: Case): number => {
  const isEitherWay = isDeclined(given) && given.followed.length > 0;
  return callers[given.caller].trunk === null || given.isByColleague || isEitherWay ? 0 : given.diversions;
};

/** Where nothing can follow, the call ends as its phones do, without a step of its own. */
function withoutEndOfPhones(expected: readonly string[], seen: readonly string[]): readonly string[] {
  const steps = expected.filter((step) => !isFollowMe(step));
  const end = steps.findIndex((step) => step.startsWith('end '));
  const isOfPhones = end > 0 && steps[end - 1]?.startsWith('ring ') === true;
  const isMissing = isOfPhones && !seen.some((step) => step.startsWith('end '));
  return isMissing ? expected.filter((step) => !step.startsWith('end ')) : expected;
}

/** What a caller hears of phones that fail by themselves may be any failure of theirs. */
function isSameEnd({ end, trail }: Seen, seen: Seen): boolean {
  if (end === seen.end) return true;
  const isOfPhones =
    trail.some((step) => step.startsWith('end ')) && !seen.trail.some((step) => step.startsWith('end '));
  return isOfPhones && /^failed (408|480|486|603|5\d\d)$/.test(seen.end);
}

/** Whether a call went as expected. */
export const isAsExpected = (expected: Expected, seen: Seen): boolean =>
  isSameEnd(expected, seen) &&
  expected.isBlocked === seen.isBlocked &&
  JSON.stringify(withoutEndOfPhones(expected.trail, seen.trail)) === JSON.stringify(seen.trail);
