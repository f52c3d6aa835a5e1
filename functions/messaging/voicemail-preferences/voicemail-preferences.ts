import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { defaultPreferences, greetingTypes, type VoicemailPreferences } from '#schema/mailbox.ts';
import { omit } from '#schema/omit.ts';
import { MailboxCounts } from '../schema/mailbox-counts.ts';
import { isStrongPin, pinForm } from '../schema/mailbox-pin.ts';
import { E164, Email, organizationText, Timestamp, TimeZone } from '#schema/values.ts';

/** The preferences of a mailbox (functions/messaging/voicemail/README.md, "Mailboxes"). */

export const voicemailPreferencesErrors = errorKinds({
  USER_HAS_MAILBOX: [409, 'The user has another mailbox.'],
  WEAK_PIN: [422, 'The PIN is easy to guess.'],
  NO_SMS_SENDER: [422, 'The organization has no number with capability `sms` and no sender id to send notices from.'],
});

const fields = {
  user_id: z
    .string()
    .max(81)
    .nullable()
    .describe('User that owns the mailbox; null (default): the user with this extension. A user owns at most one'),
  enabled: z
    .boolean()
    .describe('Whether callers may leave messages; default true. Otherwise deposits are 409 `MAILBOX_DISABLED`'),
  greeting_file_id: z.string().max(81).nullable().describe('Ready file of kind `greeting`; null (default): none'),
  busy_greeting_file_id: z.string().max(81).nullable().describe('The same while the user is in a call'),
  greeting_type: z
    .enum(greetingTypes)
    .describe('Which greeting callers hear; default `default`. `custom` needs `greeting_file_id`'),
  name_file_id: z
    .string()
    .max(81)
    .nullable()
    .describe('File of kind `greeting` with the name, for `greeting_type` `name`; null: speech says the name'),
  notify_email: Email.nullable().describe('Address that gets an e-mail for each message; null (default): none'),
  notify_sms: E164.nullable().describe(
    'Number that gets an SMS for each message (E.164); null (default): none. The organization needs a number with ' +
      'capability `sms` or a sender id. A caller limited to its own mailbox may set the `mobile` of its user only',
  ),
  attach_audio: z.boolean().describe('Whether the e-mail has the audio, up to 5 MB; default false'),
  delete_after_email: z
    .boolean()
    .describe('Whether a message is deleted once its e-mail was delivered; default false. Needs `attach_audio`'),
  max_messages: z
    .int()
    .min(1)
    .max(1_000)
    .describe('Messages that the mailbox holds, with those that wait for their audio; default 100'),
  max_duration_seconds: z.int().min(10).max(600).describe('Longest message, seconds; default 180'),
  retention_days: z
    .int()
    .min(1)
    .max(3_650)
    .nullable()
    .describe('Days after which messages are deleted; null (default): never'),
  timezone: TimeZone.nullable().describe("Time zone (IANA) of notices and prompts; null (default): the organization's"),
  pin_from_own_phone: z
    .boolean()
    .describe("Whether the owner's registered phones ask for the PIN, if there is one; default true"),
  callback_from_outside: z
    .boolean()
    .describe("Whether a caller who hears messages from outside may call back, at the owner's cost; default false"),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en-US')
    .max(35)
    .nullable()
    .describe("Language of prompts and notices (BCP 47); null (default): the organization's"),
} as const;

/** Body of `PUT /voicemailprefs/{mailbox}`. */
export const VoicemailPreferencesChange = z
  .object(fields)
  .partial()
  .extend({
    pin: z
      .string()
      .regex(pinForm, 'must have 4–10 digits')
      .nullish()
      .describe('PIN for calls: 4 to 10 digits, not all equal, not a run, not the mailbox. Never answered; null: none'),
  })
  .meta({ id: 'VoicemailPreferencesChange' });
export type VoicemailPreferencesChange = z.output<typeof VoicemailPreferencesChange>;

const examplePreferences = {
  mailbox: '204',
  organization_id: 'org_1001',
  user_id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  enabled: true,
  greeting_file_id: null,
  busy_greeting_file_id: null,
  greeting_type: 'default',
  name_file_id: null,
  notify_email: 'ann@example.com',
  notify_sms: null,
  attach_audio: false,
  delete_after_email: false,
  max_messages: 200,
  max_duration_seconds: 180,
  retention_days: 90,
  timezone: null,
  pin_from_own_phone: true,
  callback_from_outside: false,
  language: null,
  pin_set: true,
  created_at: '2026-11-20T10:00:00.000Z',
  updated_at: '2026-11-20T10:00:00.000Z',
};

export const ShownPreferences = z
  .object({
    mailbox: z.string().describe('Name of the mailbox'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    ...fields,
    pin_set: z.boolean().describe('Whether there is a PIN'),
    created_at: Timestamp.nullable().describe('Time of creation; null: never set, so these are the defaults'),
    updated_at: Timestamp.nullable().describe('Time of the last change'),
  })
  .meta({
    id: 'VoicemailPreferences',
    example: examplePreferences,
  });

/** A mailbox in a list. */
export const ShownMailbox = ShownPreferences.extend({ counts: MailboxCounts }).meta({
  id: 'Mailbox',
  example: { ...examplePreferences, counts: { new: 1, read: 0, saved: 0 } },
});

/** @throws AppError WEAK_PIN for equal digits, a run, or the mailbox itself */
export function assertStrongPin(pin: string, mailbox: string): void {
  if (isStrongPin(pin, mailbox)) return;
  const message = 'must not be equal digits, a run of digits, or the mailbox';
  throw new AppError(voicemailPreferencesErrors.WEAK_PIN, `The PIN ${message}`, {
    details: [{ path: 'pin', message }],
  });
}

/** @throws AppError VALIDATION_FAILED */
function assertConsistent(preferences: VoicemailPreferences): void {
  if (preferences.greeting_type === 'custom' && preferences.greeting_file_id === null)
    throw invalid('greeting_type', 'needs a greeting_file_id');
  if (preferences.delete_after_email && !preferences.attach_audio)
    throw invalid('delete_after_email', 'needs attach_audio');
}

/**
 * The preferences after a PUT, which changes the given fields only.
 * @throws AppError WEAK_PIN, VALIDATION_FAILED
 */
export function changePreferences(
  before: VoicemailPreferences | undefined,
  { mailbox, change, now }: { mailbox: string; change: VoicemailPreferencesChange; now: string },
): VoicemailPreferences {
  if (change.pin != null) assertStrongPin(change.pin, mailbox);
  const base = before ?? { ...defaultPreferences(mailbox), created_at: now, updated_at: now };
  const after = {
    ...base,
    ...definedFields(omit(change, 'pin')),
    pin_set: change.pin === undefined ? base.pin_set : change.pin !== null,
    updated_at: now,
    version: base.version + 1,
  };
  assertConsistent(after);
  return after;
}

/** Whether the preferences ask for SMS to a number that got none before. */
export const asksForSms = (before: VoicemailPreferences | undefined, after: VoicemailPreferences): boolean =>
  after.notify_sms !== null && after.notify_sms !== (before?.notify_sms ?? null);

/** @param sender undefined: the organization has none @throws AppError NO_SMS_SENDER */
export function assertSender(sender: string | undefined): void {
  if (sender !== undefined) return;
  const message = 'needs an active number with capability sms, or a sender id, of the organization';
  throw new AppError(voicemailPreferencesErrors.NO_SMS_SENDER, `notify_sms ${message}`, {
    details: [{ path: 'notify_sms', message }],
  });
}

/** A user directs notices to its own mobile number only: others may not want them. @throws AppError */
export function assertOwnMobile({ notify_sms: number }: VoicemailPreferences, mobile: string | null): void {
  if (number !== mobile) throw invalid('notify_sms', 'must be the mobile number of your user');
}

/** The preferences without a file that was deleted. */
export function withoutGreeting(before: VoicemailPreferences, file: string, now: string): VoicemailPreferences {
  const cleared = (id: string | null) => (id === file ? null : id);
  const greeting = cleared(before.greeting_file_id);
  return {
    ...before,
    greeting_file_id: greeting,
    busy_greeting_file_id: cleared(before.busy_greeting_file_id),
    name_file_id: cleared(before.name_file_id ?? null),
    greeting_type: greeting === null && before.greeting_type === 'custom' ? 'default' : before.greeting_type,
    updated_at: now,
    version: before.version + 1,
  };
}

/** Preferences as answered. @param owner the user of the mailbox */
export const presentPreferences = (
  preferences: ReturnType<typeof defaultPreferences> & { readonly created_at?: string; readonly updated_at?: string },
  { organization, owner }: { readonly organization: number; readonly owner: string | null },
): z.input<typeof ShownPreferences> => ({
  ...omit(preferences, 'version'),
  name_file_id: preferences.name_file_id ?? null,
  pin_from_own_phone: preferences.pin_from_own_phone ?? true,
  callback_from_outside: preferences.callback_from_outside ?? false,
  user_id: owner,
  organization_id: organizationText(organization),
  created_at: preferences.created_at ?? null,
  updated_at: preferences.updated_at ?? null,
});
