import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { heardStates, MailboxName, type VoicemailPreferences } from '#schema/mailbox.ts';
import { voicemailAudioTypes, type HeardVoicemail, type Voicemail } from '#schema/voicemail.ts';
import { omit } from '#schema/omit.ts';
import { minute } from '#schema/time.ts';
import { E164, Instant, organizationText, text, Timestamp } from '#schema/values.ts';
import { downloadName } from '../../platform/files/file.ts';
import type { MessagePlace } from '../schema/message-state.ts';

/** Voicemail messages (functions/messaging/README.md, "Voicemail"). */

export const voicemailErrors = errorKinds({
  MAILBOX_FULL: [409, 'A mailbox has as many messages as `max_messages` allows.'],
  MAILBOX_DISABLED: [409, 'The mailbox takes no messages.'],
  NOT_UPLOADED: [409, 'The audio is not uploaded, or not checked yet.'],
});

const maxBytes = 20 * 1024 * 1024;

/** Body of `PUT /voicemail/{id}`. */
export const NewVoicemail = z
  .object({
    caller_number: E164.nullish().describe('Number of the caller (E.164)'),
    caller_name: text(64).nullish().describe('Name of the caller'),
    content_type: z.enum(voicemailAudioTypes).describe('Content type of the audio'),
    size: z.int().min(1).max(maxBytes).describe('Exact length of the audio, bytes'),
    duration_seconds: z.int().min(1).max(600).describe('Length of the message, seconds'),
    received_at: Instant.nullish().describe('When the message was left; default now'),
    call_id: text(128, 1).nullish().describe('Id of the call'),
    urgent: z.boolean().nullish().describe('Whether the caller marked it as urgent'),
  })
  .meta({ id: 'NewVoicemail' });
export type NewVoicemail = z.output<typeof NewVoicemail>;

const otherMailbox = MailboxName.describe('Name of a mailbox');

/** Body of `POST /voicemail/{id}`. */
export const VoicemailAction = z
  .discriminatedUnion('action', [
    z.object({ action: z.literal('read').describe('Marks it as heard') }),
    z.object({ action: z.literal('unread').describe('Marks it as new again') }),
    z.object({ action: z.literal('save').describe('Marks it as saved') }),
    z.object({ action: z.literal('move').describe('Moves it to another mailbox'), mailbox: otherMailbox }),
    z.object({
      action: z.literal('forward').describe('Adds it to other mailboxes as a new message'),
      mailboxes: z.array(otherMailbox).min(1).max(20).describe('Names of the mailboxes'),
      comment: text(500).nullish().describe('Note to the recipients'),
    }),
  ])
  .meta({ id: 'VoicemailAction' });
export type VoicemailAction = z.output<typeof VoicemailAction>;

const voicemailStates = ['pending', ...heardStates] as const;

const shown = {
  id: z.string().describe('Id of the message'),
  organization_id: z.string().describe('The organization, such as `org_1001`'),
  mailbox: z.string().describe('Its mailbox'),
  status: z.enum(voicemailStates).describe('`pending` until its audio was uploaded and checked'),
  caller_number: z.string().nullable().describe('Number of the caller (E.164)'),
  caller_name: z.string().nullable().describe('Name of the caller'),
  duration_seconds: z.int().describe('Length, seconds'),
  content_type: z.enum(voicemailAudioTypes).describe('Content type of the audio'),
  size: z.int().describe('Length of the audio, bytes'),
  urgent: z.boolean().describe('Whether the caller marked it as urgent'),
  call_id: z.string().nullable().describe('Id of the call'),
  forwarded_from: z.string().nullable().describe('Id of the message that was forwarded'),
  comment: z.string().nullable().describe('Note of the user who forwarded it'),
  received_at: Timestamp.describe('When the message was left'),
  read_at: Timestamp.nullable().describe('When it was first heard'),
  created_at: Timestamp.describe('Time of creation'),
};

export const exampleVoicemail = {
  id: 'vm_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  mailbox: '204',
  status: 'new',
  caller_number: '+14155550100',
  caller_name: 'Bob',
  duration_seconds: 12,
  content_type: 'audio/wav',
  size: 192_044,
  urgent: false,
  call_id: null,
  forwarded_from: null,
  comment: null,
  received_at: '2026-11-20T10:00:00.000Z',
  read_at: null,
  created_at: '2026-11-20T10:00:12.000Z',
};

export const ShownVoicemail = z.object(shown).meta({ id: 'Voicemail', example: exampleVoicemail });
export type ShownVoicemail = z.input<typeof ShownVoicemail>;

/** A message that waits for its audio. @throws AppError VALIDATION_FAILED */
export function newVoicemail(
  wanted: NewVoicemail,
  { now, ...place }: { readonly id: string; readonly now: Date } & MessagePlace,
): Voicemail {
  const received = wanted.received_at ?? now.toISOString();
  if (Date.parse(received) > now.getTime() + 5 * minute) throw invalid('received_at', 'must not be in the future');
  return {
    ...place,
    audio: place.id,
    status: 'pending',
    caller_number: wanted.caller_number ?? null,
    caller_name: wanted.caller_name ?? null,
    duration_seconds: wanted.duration_seconds,
    content_type: wanted.content_type,
    size: wanted.size,
    urgent: wanted.urgent ?? false,
    call_id: wanted.call_id ?? null,
    forwarded_from: null,
    comment: null,
    received_at: received,
    read_at: null,
    created_at: now.toISOString(),
    version: 1,
  };
}

/** @throws AppError MAILBOX_DISABLED */
export function assertEnabled({ enabled }: Pick<VoicemailPreferences, 'enabled'>): void {
  if (!enabled) throw new AppError(voicemailErrors.MAILBOX_DISABLED, 'The mailbox takes no messages');
}

/** @throws AppError MAILBOX_DISABLED, VALIDATION_FAILED */
export function assertDepositable(
  preferences: Pick<VoicemailPreferences, 'enabled' | 'max_duration_seconds'>,
  { duration_seconds: duration }: Pick<NewVoicemail, 'duration_seconds'>,
): void {
  assertEnabled(preferences);
  if (duration > preferences.max_duration_seconds)
    throw invalid('duration_seconds', `must be at most ${preferences.max_duration_seconds} seconds for this mailbox`);
}

export const mailboxFull = (mailbox: string): AppError =>
  new AppError(voicemailErrors.MAILBOX_FULL, `The mailbox ${mailbox} is full`);

/** @throws AppError NOT_UPLOADED */
export function assertHeard(voicemail: Voicemail): asserts voicemail is HeardVoicemail {
  if (voicemail.status === 'pending')
    throw new AppError(voicemailErrors.NOT_UPLOADED, 'The audio of the message is not uploaded yet');
}

/** A message as answered. */
export const presentVoicemail = (voicemail: Voicemail, organization: number): ShownVoicemail => ({
  ...omit(voicemail, 'version', 'audio', 'owners', 'phone'),
  organization_id: organizationText(organization),
});

/** The name under which a browser saves the audio of a message. */
export const audioName = ({ id, content_type }: Voicemail): string => downloadName({ name: id, content_type });
