import * as z from 'zod';

/** Mailboxes for voicemail (functions/messaging/README.md, "Voicemail"). */

/** The name of a mailbox, normally the extension of its user. */
export const MailboxName = z
  .string()
  .regex(/^[0-9A-Za-z._-]{1,32}$/, 'must have 1–32 letters, digits, dots, hyphens or underscores');

/** States of a message that has its audio. */
export const heardStates = ['new', 'read', 'saved'] as const;
export type HeardState = (typeof heardStates)[number];

/** How many messages a mailbox has. `urgent_…` are among the others. */
export type MailboxCounts = Readonly<Record<HeardState | 'urgent_new' | 'urgent_old', number>>;

/** The counts of a mailbox. An attribute that was never added to is absent. */
export type MailboxItem = Partial<MailboxCounts> & {
  readonly mailbox: string;
  /** Messages in all, with those that wait for their audio: what fills the mailbox. */
  readonly held?: number;
  /** A message was rejected since it became full; so that this is reported once. */
  readonly full?: true;
};

export const countsOf = ({
  new: unheard = 0,
  read = 0,
  saved = 0,
  urgent_new = 0,
  urgent_old = 0,
}: Partial<MailboxCounts> = {}): MailboxCounts => ({ new: unheard, read, saved, urgent_new, urgent_old });

export const greetingTypes = ['default', 'name', 'custom'] as const;

/** The preferences of a mailbox, as they are stored. The PIN is stored with the credentials. */
export type VoicemailPreferences = {
  readonly mailbox: string;
  /** The owner; null: the user who has the mailbox's name as extension, if there is one. */
  readonly user_id: string | null;
  readonly pin_set: boolean;
  readonly enabled: boolean;
  readonly greeting_file_id: string | null;
  readonly busy_greeting_file_id: string | null;
  readonly greeting_type: (typeof greetingTypes)[number];
  /** Of the greeting type `name`, and null: it is said by speech. Absent: null. */
  readonly name_file_id?: string | null;
  readonly notify_email: string | null;
  readonly notify_sms: string | null;
  readonly attach_audio: boolean;
  readonly delete_after_email: boolean;
  readonly max_messages: number;
  readonly max_duration_seconds: number;
  /** Days; null: kept until someone deletes them. */
  readonly retention_days: number | null;
  readonly timezone: string | null;
  /** Absent: preferences that were stored before: true. */
  readonly pin_from_own_phone?: boolean;
  /** Absent: false. */
  readonly callback_from_outside?: boolean;
  readonly language: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

const defaults = {
  user_id: null,
  pin_set: false,
  enabled: true,
  greeting_file_id: null,
  busy_greeting_file_id: null,
  greeting_type: 'default',
  name_file_id: null,
  notify_email: null,
  notify_sms: null,
  attach_audio: false,
  delete_after_email: false,
  max_messages: 100,
  max_duration_seconds: 180,
  retention_days: null,
  timezone: null,
  pin_from_own_phone: true,
  callback_from_outside: false,
  language: null,
} as const satisfies Partial<VoicemailPreferences>;

/** The files that preferences use. */
export const greetingsOf = ({
  greeting_file_id: usual,
  busy_greeting_file_id: busy,
  name_file_id: name = null,
}: Pick<VoicemailPreferences, 'greeting_file_id' | 'busy_greeting_file_id' | 'name_file_id'>): readonly string[] =>
  [usual, busy, name].filter((id) => id !== null);

/** The preferences of a mailbox whose preferences were never set. */
export const defaultPreferences = (mailbox: string): Omit<VoicemailPreferences, 'created_at' | 'updated_at'> => ({
  ...defaults,
  mailbox,
  version: 0,
});

/** Who logs in to a mailbox: its owner at a registered phone of its own, or anyone else. */
export type LogInOrigin = 'owner' | 'outside';

/** Tries of a mailbox from one origin that may have been wrong. Times are Unix milliseconds. */
export type LogInTries = {
  readonly mailbox: string;
  readonly origin: LogInOrigin;
  /** Oldest first. */
  readonly tried_at: readonly number[];
  /** 0: not locked. */
  readonly locked_until: number;
  /** Unix seconds after which it has no effect. */
  readonly expires_at: number;
  readonly version: number;
};
