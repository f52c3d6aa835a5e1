import * as z from 'zod';
import { trunkPrefixesOf } from './written-number.ts';

/** What users do with their calls (functions/telephony/call-handling/README.md). */

/** A number or extension, as its user dials it. */
const DialedNumber = z
  .string()
  .regex(/^\+?[0-9]{1,20}$/, 'must be a number or an extension')
  .describe('Number or extension, as the user dials it; not an emergency number, and not the user itself');

const forwardTypes = ['user', 'device', 'ring_group', 'flow', 'voicemail'] as const;

const ForwardRoute = z.object({
  type: z.enum(forwardTypes).describe('Type of the target'),
  id: z.string().min(1).max(81).describe('Id of the target; for `voicemail` the name of the mailbox'),
});

const ForwardTarget = z.union([DialedNumber, ForwardRoute], 'must be a number, or the type and id of a target');
/** Where a call is sent on. */
export type ForwardTarget = z.output<typeof ForwardTarget>;

const Forward = ForwardTarget.nullable().default(null);

const maxRing = 300;
const maxFollowMe = 10;
const maxBlocked = 500;

const FollowMe = z.object({
  number: DialedNumber,
  delay_seconds: z.int().min(0).max(maxRing).default(0).describe('How much later it rings than the phones, seconds'),
  ring_seconds: z.int().min(5).max(maxRing).default(20).describe('How long it rings, seconds'),
  accept_key: z
    .string()
    .regex(/^[0-9*#]$/, 'must be a key of a telephone')
    .nullable()
    .default('1')
    .describe('Key by which the answering person takes the call; null: none is needed'),
});
export type FollowMe = z.output<typeof FollowMe>;

/** The end of a blocked prefix, as it is stored. */
const rest = '…';

export const Blocked = z
  .string()
  .regex(/^(anonymous|\+[1-9][0-9]{0,14}(…|\.\.\.|\*)?|[0-9]{1,16})$/, 'must be a number, a prefix, or anonymous')
  .transform((entry) => entry.replace(/(\.\.\.|\*)$/, rest));

/** Whose number those outside see to whom users forward calls. Default: `forwarder`. */
export const ForwardCallerId = z.enum(['forwarder', 'original']);
export type ForwardCallerId = z.output<typeof ForwardCallerId>;

/** Fields of the body, and their defaults: those of a user who never set any. */
export const callHandlingFields = {
  do_not_disturb: z.boolean().default(false).describe('Whether calls find the user busy'),
  forward: z
    .object({
      always: Forward.describe('Every call; null: none'),
      busy: Forward.describe('Calls that find the user busy'),
      no_answer: Forward.describe('Calls that no phone answers'),
      unreachable: Forward.describe('Calls while no phone can be reached'),
    })
    .prefault({})
    .describe('Where calls are forwarded: a number, an extension, or the type and id of a target that exists'),
  ring_seconds: z
    .int()
    .min(5)
    .max(maxRing)
    .default(20)
    .describe('How long the phones ring if something follows, seconds'),
  voicemail: z
    .boolean()
    .default(true)
    .describe('Whether calls that no one takes go to the mailbox of the user, if there is one'),
  follow_me: z
    .array(FollowMe)
    .max(maxFollowMe)
    .default([])
    .describe('Numbers that ring besides the phones of the user'),
  blocked: z
    .array(Blocked)
    .max(maxBlocked)
    .default([])
    .describe('Callers that are rejected (603): numbers, extensions, prefixes such as `+1900…`, `anonymous`'),
  schedule: z
    .string()
    .min(1)
    .max(81)
    .nullable()
    .default(null)
    .describe('Id of a schedule: the phones ring in its open hours only; null: always'),
  when_closed: Forward.describe('Where calls go outside of these hours; null: to the mailbox'),
  intercom: z
    .enum(['nobody', 'group', 'organization'])
    .default('nobody')
    .describe('Callers that may speak over the phone of the user by intercom'),
};

/** What `PUT /users/{id}/callhandling` sets. */
export const CallHandling = z.object(callHandlingFields);
export type CallHandling = z.output<typeof CallHandling>;

/** That of a user who never set any. */
export const defaultCallHandling: CallHandling = CallHandling.parse({});

/** How calls that were not answered ended. */
export type RingOutcome = 'busy' | 'no_answer' | 'unreachable';

/** Where a call is sent on, with the path of its field. */
export const forwardsIn = ({ forward, when_closed, follow_me }: CallHandling) => [
  ...(['always', 'busy', 'no_answer', 'unreachable'] as const).map((name) => ({
    to: forward[name],
    path: `forward.${name}`,
  })),
  { to: when_closed, path: 'when_closed' },
  ...follow_me.map(({ number }, at) => ({ to: number, path: `follow_me[${at}].number` })),
];

/** Who calls, by the names under which it may be blocked. */
export type BlockableCaller = {
  /** Its number (E.164), and its extension. */
  readonly names: readonly string[];
  readonly isAnonymous: boolean;
  /** Reads an entry as the organization dials it (E.164); null: it is no number. Absent: only E.164 is a number. */
  readonly numberOf?: (entry: string) => string | null;
};

/** Digits at the end that all spellings of a number have in common: numbering plans are asked for these alone. */
const commonDigits = 6;

/** Whether an entry is the number of a caller in another spelling, such as `0049 30…` as it was dialed. */
const isSpelledIn = (entry: string, { names, numberOf }: BlockableCaller): boolean =>
  names.some((name) => name.startsWith('+') && name.endsWith(entry.slice(-commonDigits)) && numberOf?.(entry) === name);

/**
 * Whether a number begins with a prefix, also if that has a trunk prefix behind its country's code: +4407 is of +447….
 * Where a trunk prefix is 8 or 1, numbers may begin with the same digit, so that the prefix is as it is written.
 */
const beginsWith = (number: string, prefix: string): boolean =>
  number.startsWith(prefix) ||
  [2, 3, 4].some((end) =>
    trunkPrefixesOf(prefix.slice(1, end)).some(
      (trunk) =>
        trunk.startsWith('0') &&
        prefix.startsWith(trunk, end) &&
        number.startsWith(prefix.slice(0, end) + prefix.slice(end + trunk.length)),
    ),
  );

/** Whether a list of callers names one. */
export const isBlockedBy = (blocked: readonly string[], caller: BlockableCaller): boolean =>
  blocked.some((entry) => {
    const { names, isAnonymous } = caller;
    if (entry === 'anonymous') return isAnonymous;
    return entry.endsWith(rest)
      ? names.some((name) => beginsWith(name, entry.slice(0, -rest.length)))
      : names.includes(entry) || isSpelledIn(entry, caller);
  });

/** What decides over a call to a user besides the settings. */
export type HandlingFacts = {
  readonly caller: BlockableCaller;
  /** Whether the schedule of the settings is open; true without one. */
  readonly isOpen: boolean;
  /** Whether the user has a mailbox that takes messages. */
  readonly hasMailbox: boolean;
  /** Whether the user has called for help within the last hour: who calls back gets through. */
  readonly hasCalledForHelp: boolean;
};

/** Why a call to a user goes where it goes. */
export const handlingReasons = [
  'BLOCKED_BY_USER',
  'DO_NOT_DISTURB',
  'FORWARD_ALWAYS',
  'CLOSED',
  'RING',
  'FOLLOW_ME',
  'NOT_ACCEPTED',
  'REDIRECTED',
  'EMERGENCY_CALLBACK',
  'BUSY',
  'NO_ANSWER',
  'UNREACHABLE',
] as const;
export type HandlingReason = (typeof handlingReasons)[number];

/** What is done with a call to a user. */
export const handlingActions = ['reject', 'forward', 'ring', 'mailbox', 'end'] as const;

/** A step of a call to a user, as the call shows it. */
export type HandlingEntry = {
  readonly user_id: string;
  readonly action: (typeof handlingActions)[number];
  readonly reason: HandlingReason;
  /** Why a forward was not made; null: it was, or it is none. */
  readonly denied: string | null;
};

/** What is done with a call to a user. */
export type HandlingStep =
  | { readonly do: 'reject'; readonly reason: HandlingReason }
  | { readonly do: 'forward'; readonly reason: HandlingReason; readonly to: ForwardTarget }
  | { readonly do: 'ring'; readonly reason: HandlingReason }
  | { readonly do: 'mailbox'; readonly reason: HandlingReason; readonly greeting: 'busy' | 'unavailable' }
  | { readonly do: 'end'; readonly reason: HandlingReason; readonly outcome: RingOutcome };

const reasons: Readonly<Record<RingOutcome, HandlingReason>> = {
  busy: 'BUSY',
  no_answer: 'NO_ANSWER',
  unreachable: 'UNREACHABLE',
};

/** The mailbox, or the end without one. */
function depositOrEnd(
  { voicemail }: CallHandling,
  { hasMailbox }: HandlingFacts,
  reason: HandlingReason,
  outcome: RingOutcome,
): HandlingStep {
  if (!voicemail || !hasMailbox) return { do: 'end', reason, outcome };
  return { do: 'mailbox', reason, greeting: outcome === 'busy' ? 'busy' : 'unavailable' };
}

const forwardOr = (to: ForwardTarget | null, reason: HandlingReason, other: HandlingStep): HandlingStep =>
  to === null ? other : { do: 'forward', reason, to };

/** The first step of a call to a user: blocks, do not disturb, forward always, schedule, phones. */
export function firstStep(settings: CallHandling, facts: HandlingFacts): HandlingStep {
  if (facts.hasCalledForHelp) return { do: 'ring', reason: 'EMERGENCY_CALLBACK' };
  if (isBlockedBy(settings.blocked, facts.caller)) return { do: 'reject', reason: 'BLOCKED_BY_USER' };
  if (settings.do_not_disturb)
    return forwardOr(settings.forward.busy, 'DO_NOT_DISTURB', depositOrEnd(settings, facts, 'DO_NOT_DISTURB', 'busy'));
  return forwardOr(settings.forward.always, 'FORWARD_ALWAYS', byHours(settings, facts));
}

const byHours = (settings: CallHandling, facts: HandlingFacts): HandlingStep =>
  facts.isOpen
    ? { do: 'ring', reason: 'RING' }
    : forwardOr(settings.when_closed, 'CLOSED', depositOrEnd(settings, facts, 'CLOSED', 'unreachable'));

/**
 * The step after one that has not ended the call.
 * @param outcome of the phones, or of the forwarded call; `denied`: that was not made
 */
export function stepAfter(
  settings: CallHandling,
  facts: HandlingFacts,
  done: HandlingStep,
  outcome: RingOutcome | 'denied',
): HandlingStep {
  if (done.do === 'forward' && outcome === 'denied') return afterDenied(settings, facts, done);
  const ended = outcome === 'denied' ? 'unreachable' : outcome;
  if (done.do !== 'ring')
    return done.do === 'forward'
      ? depositOrEnd(settings, facts, done.reason, ended)
      : { do: 'end', reason: done.reason, outcome: ended };
  const other = depositOrEnd(settings, facts, reasons[ended], ended);
  return done.reason === 'EMERGENCY_CALLBACK' ? other : forwardOr(settings.forward[ended], reasons[ended], other);
}

/** A forward that is denied is as one that was not set. */
function afterDenied(settings: CallHandling, facts: HandlingFacts, { reason }: HandlingStep): HandlingStep {
  switch (reason) {
    case 'FORWARD_ALWAYS':
      return byHours(settings, facts);
    case 'DO_NOT_DISTURB':
    case 'BUSY':
      return depositOrEnd(settings, facts, reason, 'busy');
    case 'NO_ANSWER':
      return depositOrEnd(settings, facts, reason, 'no_answer');
    default:
      return depositOrEnd(settings, facts, reason, 'unreachable');
  }
}

/** Whether anything may follow after the phones have rung: without it they ring as long as the call does. */
export const hasNextStep = (settings: CallHandling, facts: HandlingFacts, ring: HandlingStep): boolean =>
  (['busy', 'no_answer', 'unreachable'] as const).some(
    (outcome) => stepAfter(settings, facts, ring, outcome).do !== 'end',
  );

/** Milliseconds after an emergency call in which the caller's user is called back whatever it says of its calls. */
export const helpWindow = 3_600_000;
