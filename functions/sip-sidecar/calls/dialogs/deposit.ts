import { soundOfMessage } from '#schema/message-sound.ts';
import { second } from '#schema/time.ts';
import type { Phrase } from '#schema/prompt.ts';
import type { AnnouncementLanguage } from '#schema/recording-notice.ts';
import { maxListenings, shortestMessage } from '#functions/messaging/rows/phone-message.ts';
import { promptSounds } from '../../media/spoken.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import { scriptOf, type DialogReply, type DialogScript, type PlaceAt, type PlaceRules } from './dialog.ts';

/** How a caller leaves a message for a mailbox (functions/messaging/README.md, "Voicemail by phone"). */

/** What is known when the call comes. */
export type DepositSetup = {
  readonly organization: number;
  readonly mailbox: string;
  readonly language: AnnouncementLanguage;
  readonly greeting: readonly PlayedSound[];
  readonly max_seconds: number;
  /** Extension or number that a caller reaches by 0 during the greeting; null: none. */
  readonly operator: string | null;
};

/** A message that was opened: its id, and how many recordings the caller has made for it. */
type Opened = { readonly message: string; readonly round: number };

export type DepositPlace =
  /** `replaced`: the message that the caller records again. */
  | PlaceAt<'opening', { readonly round: number; readonly replaced: string | null }>
  | PlaceAt<'greeting' | 'operator' | 'recording' | 'short', Opened>
  | PlaceAt<'menu' | 'waiting' | 'playing' | 'unplayed', Opened & { readonly listened: number }>
  | PlaceAt<'keeping', { readonly message: string; readonly urgent: boolean }>
  | PlaceAt<'dropping', { readonly message: string; readonly said: Phrase }>
  | PlaceAt<'sent', { readonly urgent: boolean }>
  | PlaceAt<'rejected', { readonly said: Phrase }>
  | PlaceAt<'end'>;

export type DepositWork =
  /** Makes a message that is recorded, in place of another one. */
  | { readonly type: 'open'; readonly replaced: string | null }
  | { readonly type: 'keep'; readonly message: string; readonly urgent: boolean }
  | { readonly type: 'drop'; readonly message: string }
  /** Waits until the recording can be heard. */
  | { readonly type: 'await'; readonly message: string }
  | { readonly type: 'dial'; readonly number: string };

/** `missing`: the mailbox, the message or who was dialed is not there. */
export type DepositResult =
  | { readonly type: 'opened'; readonly message: string }
  | { readonly type: 'ok' | 'full' | 'missing' };

/** Recordings that a caller may make. */
const maxRounds = 5;
const menuKeys = '1234';

export const depositBegin: DepositPlace = { at: 'opening', round: 1, replaced: null };

type Reply = DialogReply<DepositResult>;
type Place<At extends DepositPlace['at']> = Extract<DepositPlace, { readonly at: At }>;

/** The keys during a greeting: `#` skips it. */
const greetingKeys = ({ operator }: DepositSetup): string => (operator === null ? '#' : '#0');

const isOk = (reply: Reply): boolean => reply.type === 'done' && reply.result.type === 'ok';

function opened({ round }: Place<'opening'>, reply: Reply): DepositPlace {
  const result = reply.type === 'done' ? reply.result.type : 'missing';
  if (reply.type === 'done' && reply.result.type === 'opened')
    return { at: round === 1 ? 'greeting' : 'recording', message: reply.result.message, round };
  return { at: 'rejected', said: result === 'full' ? 'mailbox-full' : 'mailbox-unavailable' };
}

function greeted({ message, round }: Place<'greeting'>, reply: Reply): DepositPlace {
  const at = reply.type === 'key' && reply.key === '0' ? 'operator' : 'recording';
  return { at, message, round };
}

function recorded({ message, round }: Place<'recording'>, reply: Reply): DepositPlace {
  const milliseconds = reply.type === 'recorded' ? reply.milliseconds : null;
  if (milliseconds === null) return { at: 'dropping', message, said: 'mailbox-unavailable' };
  if (milliseconds >= shortestMessage) return { at: 'menu', message, round, listened: 0 };
  return round < maxRounds ? { at: 'short', message, round } : { at: 'dropping', message, said: 'message-too-short' };
}

/** What the caller chooses. One that chooses nothing has left its message. */
function chosen({ message, round, listened }: Place<'menu' | 'playing'>, key: string | undefined): DepositPlace {
  switch (key) {
    case '2':
      return listened < maxListenings
        ? { at: 'waiting', message, round, listened: listened + 1 }
        : { at: 'unplayed', message, round, listened };
    case '3':
      return round < maxRounds
        ? { at: 'opening', round: round + 1, replaced: message }
        : { at: 'unplayed', message, round, listened };
    default:
      return { at: 'keeping', message, urgent: key === '4' };
  }
}

const keep = ({ message }: Pick<Opened, 'message'>): readonly DepositWork[] => [
  { type: 'keep', message, urgent: false },
];
const drop = ({ message }: Pick<Opened, 'message'>): readonly DepositWork[] => [{ type: 'drop', message }];

type Script = DialogScript<DepositPlace, DepositWork, DepositResult>;
type Rules = PlaceRules<DepositPlace, DepositWork, DepositResult>;
type Say = (...phrases: readonly Phrase[]) => readonly PlayedSound[];

/** Up to the end of a recording. Who hangs up before two seconds leaves nothing. */
const recordingRules = (setup: DepositSetup, say: Say) =>
  ({
    opening: {
      enter: ({ replaced }) => ({ type: 'work', work: { type: 'open', replaced } }),
      reply: opened,
    },
    greeting: {
      enter: () => ({ type: 'ask', sounds: setup.greeting, keys: greetingKeys(setup), seconds: 0, tries: 1 }),
      reply: greeted,
      leave: drop,
    },
    operator: {
      enter: () => ({ type: 'work', work: { type: 'dial', number: setup.operator ?? '' } }),
      reply: (here) => ({ ...here, at: 'recording' }),
      leave: drop,
    },
    recording: {
      enter: ({ message }) => ({
        type: 'record',
        milliseconds: setup.max_seconds * second,
        recording: message,
      }),
      reply: recorded,
      leave: (here, milliseconds) => (milliseconds >= shortestMessage ? keep(here) : drop(here)),
    },
    short: {
      enter: ({ message, round }) => ({
        type: 'say',
        sounds: say('message-too-short', 'after-tone'),
        next: { at: 'opening', round: round + 1, replaced: message },
      }),
      leave: drop,
    },
  }) satisfies Partial<Rules>;

/** What becomes of a recording. Who hangs up has left it. */
const decidingRules = ({ organization }: DepositSetup, say: Say) =>
  ({
    menu: {
      enter: () => ({ type: 'ask', sounds: say('message-menu'), keys: menuKeys, seconds: 5, tries: 3 }),
      reply: (here, reply) => chosen(here, reply.type === 'key' ? reply.key : undefined),
      leave: keep,
    },
    waiting: {
      enter: ({ message }) => ({ type: 'work', work: { type: 'await', message } }),
      reply: (here, reply) => ({ ...here, at: isOk(reply) ? 'playing' : 'unplayed' }),
      leave: keep,
    },
    playing: {
      enter: ({ message }) => ({
        ...{ type: 'ask', sounds: [soundOfMessage(organization, message)], keys: menuKeys, seconds: 0, tries: 1 },
      }),
      reply: (here, reply) => (reply.type === 'key' ? chosen(here, reply.key) : { ...here, at: 'menu' }),
      leave: keep,
    },
    unplayed: {
      enter: (here) => ({ type: 'say', sounds: say('not-possible'), next: { ...here, at: 'menu' } }),
      leave: keep,
    },
    keeping: {
      enter: ({ message, urgent }) => ({ type: 'work', work: { type: 'keep', message, urgent } }),
      reply: ({ urgent }, reply) => (isOk(reply) ? { at: 'sent', urgent } : { at: 'rejected', said: 'not-possible' }),
    },
    dropping: {
      enter: ({ message }) => ({ type: 'work', work: { type: 'drop', message } }),
      reply: ({ said }) => ({ at: 'rejected', said }),
    },
    sent: {
      enter: ({ urgent }) => ({
        type: 'say',
        sounds: say(...(urgent ? (['marked-urgent'] as const) : []), 'message-sent', 'goodbye'),
        next: { at: 'end' },
      }),
    },
    rejected: { enter: ({ said }) => ({ type: 'say', sounds: say(said, 'goodbye'), next: { at: 'end' } }) },
    end: { enter: () => ({ type: 'leave' }) },
  }) satisfies Partial<Rules>;

/** The script of a deposit. */
export function depositScript(setup: DepositSetup): Script {
  const say: Say = (...phrases) => promptSounds(setup.language, phrases);
  return scriptOf<DepositPlace, DepositWork, DepositResult>({
    ...recordingRules(setup, say),
    ...decidingRules(setup, say),
  });
}
