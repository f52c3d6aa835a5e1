import type { GreetingUse } from '#schema/greeting.ts';
import type { VoicemailPreferences } from '#schema/mailbox.ts';
import type { Phrase } from '#schema/prompt.ts';
import type { AnnouncementLanguage } from '#schema/recording-notice.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import { promptSounds } from '../../media/spoken.ts';
import type { DialogReply, PlaceAt } from './dialog.ts';

/** Where a caller of a mailbox may be, and what is done for it. */

/** What is known when the call comes. */
export type VisitSetup = {
  readonly organization: number;
  /** The mailbox that is entered; null: the caller types it. */
  readonly mailbox: string | null;
  /** The user of the registered phone that calls; null: a call from outside. */
  readonly user: string | null;
  /** Of the organization, until the mailbox is known. */
  readonly language: AnnouncementLanguage;
};

/** A mailbox that a caller has entered. `queue`: ids of messages, first the `fresh` new ones; `at`: the present one. */
export type VisitedMailbox = {
  readonly mailbox: string;
  readonly language: AnnouncementLanguage;
  /** IANA. */
  readonly zone: string;
  readonly may_call_back: boolean;
  readonly fresh: number;
  readonly queue: readonly string[];
  readonly at: number;
};

/** A message as it is heard. `caller`: who left it; `now`: when it was looked up, in Unix milliseconds. */
export type HeardMessage = {
  readonly id: string;
  readonly audio: string;
  readonly received: number;
  readonly now: number;
  readonly seconds: number;
  readonly urgent: boolean;
  readonly number: string | null;
  readonly caller: readonly PlayedSound[];
};

type GreetingType = VoicemailPreferences['greeting_type'];
type Visiting = { readonly visit: VisitedMailbox };
export type Hearing = Visiting & { readonly message: HeardMessage };
type Recording = Visiting & { readonly use: GreetingUse };
type Recorded = Recording & { readonly file: string };
type Typing = { readonly failures: number };

export type VisitPlace =
  | PlaceAt<'entering' | 'bye' | 'locked' | 'end'>
  | PlaceAt<'number', Typing>
  | PlaceAt<'pin' | 'wrong', Typing & { readonly mailbox: string }>
  | PlaceAt<'checking', Typing & { readonly mailbox: string; readonly pin: string }>
  | PlaceAt<'inbox' | 'fetching' | 'none' | 'options' | 'new_pin', Visiting>
  | PlaceAt<'repeated_pin', Visiting & { readonly pin: string }>
  | PlaceAt<'changing_pin', Visiting & { readonly pin: string }>
  /** Says something, and goes on in the options, or with the next message. */
  | PlaceAt<'said_option' | 'said_next', Visiting & { readonly said: Phrase }>
  | PlaceAt<'said_action', Hearing & { readonly said: Phrase }>
  /** Says what is known of a message. */
  | PlaceAt<'announcing', Hearing>
  /** `from`: milliseconds of the message that are skipped. */
  | PlaceAt<'playing', Hearing & { readonly from: number }>
  | PlaceAt<'heard', Hearing & { readonly key: string | null }>
  | PlaceAt<'actions' | 'saving' | 'deleting' | 'calling' | 'forwarding', Hearing>
  | PlaceAt<'commenting', Hearing & { readonly to: string }>
  | PlaceAt<'comment' | 'uncommented', Hearing & { readonly to: string; readonly comment: string }>
  | PlaceAt<'sending', Hearing & { readonly to: string; readonly comment: string | null }>
  | PlaceAt<'greetings' | 'choosing_greeting', Visiting>
  | PlaceAt<'which_greeting', Visiting & { readonly next: 'opening_greeting' | 'finding_greeting' }>
  | PlaceAt<'setting_greeting', Visiting & { readonly greeting: GreetingType }>
  | PlaceAt<'hearing_greeting', Visiting & { readonly sounds: readonly PlayedSound[] }>
  | PlaceAt<'said_greeting', Visiting & { readonly said: Phrase; readonly next: 'greetings' | 'options' }>
  | PlaceAt<'opening_greeting' | 'finding_greeting', Recording>
  | PlaceAt<'recording_greeting' | 'recorded_greeting' | 'awaiting_greeting' | 'keeping_greeting', Recorded>
  | PlaceAt<'playing_greeting', Recorded & { readonly sounds: readonly PlayedSound[] }>
  /** `said` null: it is recorded again. */
  | PlaceAt<'dropping_greeting', Recorded & { readonly said: Phrase | null }>;

export type VisitWork =
  /** `pin` null: whether the phone needs none. */
  | { readonly type: 'log_in'; readonly mailbox: string; readonly pin: string | null }
  | { readonly type: 'fetch' | 'read' | 'save' | 'delete'; readonly mailbox: string; readonly message: string }
  | { readonly type: 'call'; readonly mailbox: string; readonly number: string }
  /** Makes a message for another mailbox, which is the comment on one that is forwarded. */
  | { readonly type: 'comment'; readonly to: string }
  | { readonly type: 'drop'; readonly message: string }
  | {
      readonly type: 'forward';
      readonly mailbox: string;
      readonly message: string;
      readonly to: string;
      readonly comment: string | null;
    }
  | { readonly type: 'change_pin'; readonly mailbox: string; readonly pin: string }
  | { readonly type: 'open_greeting' | 'find_greeting'; readonly mailbox: string; readonly use: GreetingUse }
  | { readonly type: 'keep_greeting'; readonly mailbox: string; readonly use: GreetingUse; readonly file: string }
  /** Waits until a recording can be heard; or deletes one that is not kept. */
  | { readonly type: 'await_greeting' | 'drop_greeting'; readonly file: string }
  | { readonly type: 'choose_greeting'; readonly mailbox: string; readonly greeting: GreetingType };

export type VisitResult =
  | { readonly type: 'entered'; readonly visit: VisitedMailbox }
  | { readonly type: 'message'; readonly message: HeardMessage }
  /** A message, or the file of a greeting. */
  | { readonly type: 'opened'; readonly message: string }
  | { readonly type: 'sounds'; readonly sounds: readonly PlayedSound[] }
  | { readonly type: 'ok' | 'wrong' | 'locked' | 'missing' | 'full' | 'weak' };

export type PlaceOf<At extends VisitPlace['at']> = Extract<VisitPlace, { readonly at: At }>;

export const resultOf = (reply: DialogReply<VisitResult>): VisitResult =>
  reply.type === 'done' ? reply.result : { type: 'missing' };

export const sayTo = ({ language }: Pick<VisitSetup, 'language'>, ...phrases: readonly Phrase[]) =>
  promptSounds(language, phrases);
