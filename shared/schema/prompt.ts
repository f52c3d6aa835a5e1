/** Prompts that the platform says in calls (functions/media-relay/README.md, "Prompts"). */

/** What is said as a whole. `shared/prompts` has the texts, and `bin/say-prompts.ts` says them. */
export const phrases = [
  // A message for a mailbox.
  'greeting-unavailable',
  'greeting-busy',
  'is-not-available',
  'is-busy',
  'after-tone',
  'message-menu',
  'message-too-short',
  'message-sent',
  'marked-urgent',
  'mailbox-full',
  'mailbox-unavailable',
  // A mailbox: who is it, and what is in it?
  'enter-mailbox',
  'enter-pin',
  'login-wrong',
  'locked-out',
  'no-new-messages',
  'one-new-message',
  'new-messages',
  'no-saved-messages',
  'one-saved-message',
  'saved-messages',
  'more-than',
  'first-message',
  'next-message',
  'urgent-message',
  'no-more-messages',
  'received',
  'from',
  'from-unknown-caller',
  'message-actions',
  'seek-actions',
  'message-saved',
  'message-deleted',
  'message-forwarded',
  'forward-message-to',
  'record-comment',
  'calling-back',
  'cannot-call-back',
  // The options of a mailbox.
  'options-menu',
  'greetings-menu',
  'which-greeting',
  'use-greeting',
  'record-greeting',
  'record-name',
  'recording-menu',
  'recording-saved',
  'greeting-changed',
  'no-recording',
  'enter-new-pin',
  'repeat-new-pin',
  'pin-changed',
  'pin-rejected',
  'pins-differ',
  // Anything that asks.
  'invalid-choice',
  'try-again',
  'please-wait',
  'not-possible',
  'not-permitted',
  'number-not-valid',
  'goodbye',
  // Feature codes.
  'forwarding-on',
  'forwarding-off',
  'forwarded-to',
  'when-busy',
  'when-no-answer',
  'do-not-disturb-on',
  'do-not-disturb-off',
  'schedule-open',
  'schedule-closed',
  'schedule-automatic',
  'your-extension-is',
  'your-number-is',
  'no-extension',
  'no-number',
  'echo-test',
  'caller-blocked',
  'caller-unblocked',
  'parked-at',
  'no-parked-call',
  'no-free-slot',
  'no-call-to-pick-up',
  // Calls that are forwarded or announced.
  'call-for-you',
  'to-accept-press',
  'to-decline-hang-up',
] as const;
export type Phrase = (typeof phrases)[number];

/** Keys that have a name besides the digits, and the sign before the country code of a number. */
export const namedKeys = ['plus', 'star', 'hash'] as const;
type NamedKey = (typeof namedKeys)[number];

/** Days beside their names, and days and months from 1. */
export const relativeDays = ['today', 'yesterday'] as const;
export const spokenWeekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const spokenMonths = [
  ...(['january', 'february', 'march', 'april', 'may', 'june'] as const),
  ...(['july', 'august', 'september', 'october', 'november', 'december'] as const),
];
type NamedDay = (typeof relativeDays)[number] | (typeof spokenWeekdays)[number] | (typeof spokenMonths)[number];

/** The greatest number that is said as one word: minutes are less, and longer ones are said digit by digit. */
export const maxSpokenNumber = 59;

/**
 * Words from which counts, digits and times are said (`functions/sip-sidecar/media/spoken.ts`). Not every language has
 * each: `day-24` is an ordinal where dates have them, and `hour-1` is what the grammar of hours makes of a number.
 */
export type SpokenWord =
  | NamedKey
  | NamedDay
  | `number-${number}`
  | `day-${number}`
  | `hour-${number}`
  | 'on-day'
  | 'at-hour'
  | 'hours'
  | 'on-the-hour'
  | 'and-minutes';

export type PromptName = Phrase | SpokenWord;

const singleWords: readonly string[] = [
  ...[...namedKeys, ...relativeDays, ...spokenWeekdays, ...spokenMonths],
  ...['on-day', 'at-hour', 'hours', 'on-the-hour', 'and-minutes'],
];
const names: ReadonlySet<string> = new Set([
  ...phrases,
  ...singleWords,
  ...Array.from({ length: maxSpokenNumber + 1 }, (_, n) => `number-${n}`),
  ...Array.from({ length: 31 }, (_, n) => `day-${n + 1}`),
  ...Array.from({ length: 24 }, (_, n) => `hour-${n}`),
]);

/** Whether the platform may say something of this name, in one of its languages. */
export const isPromptName = (name: string): name is PromptName => names.has(name);
