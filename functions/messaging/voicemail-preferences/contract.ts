import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { MailboxName } from '#schema/mailbox.ts';
import { pageQuery } from '#schema/query.ts';
import { examples } from './examples.ts';
import {
  ShownMailbox,
  ShownPreferences,
  VoicemailPreferencesChange,
  voicemailPreferencesErrors,
} from './voicemail-preferences.ts';

const params = { mailbox: MailboxName.describe('Name of the mailbox, normally an extension').meta({ example: '204' }) };
const mailboxEffects = [reads('user-extension')] as const;

/** Effects of saving `notify_email`: an address that was not asked yet is sent a link. */
const asksRecipient = [
  reads('user-email'),
  reads('billingprofile'),
  writes('noticeaddress'),
  writes('noticetoken'),
  writes('email'),
  reports('email.queued'),
] as const;

export const listMailboxes = endpoint('GET /voicemailprefs', {
  id: 'listMailboxes',
  summary: 'List mailboxes with their preferences and the number of their messages',
  description:
    'First the mailboxes whose preferences were set, then those of users with an extension, each by name. A caller ' +
    'that is limited to its own records gets its own mailbox.',
  scope: 'messaging:read',
  query: {
    ...pageQuery,
    user_id: z.string().max(81).optional().describe('Only the mailbox of this user'),
    q: z.string().max(32).optional().describe('Only mailboxes whose name contains this text, in any case'),
  },
  answers: { 200: listOf(ShownMailbox) },
  errors: [],
  effects: [...mailboxEffects, reads('voicemailprefs'), reads('mailbox'), reads('mailbox-user'), reads('user')],
});

export const getVoicemailPreferences = endpoint('GET /voicemailprefs/{mailbox}', {
  id: 'getVoicemailPreferences',
  summary: 'Get the preferences of a mailbox',
  description: 'Answers the defaults for a mailbox without preferences, if a user has its name as extension.',
  scope: 'messaging:read',
  params,
  answers: { 200: ShownPreferences },
  errors: [],
  effects: [...mailboxEffects, reads('voicemailprefs')],
});

export const setVoicemailPreferences = endpoint('PUT /voicemailprefs/{mailbox}', {
  id: 'setVoicemailPreferences',
  summary: 'Set preferences of a mailbox: PIN, greeting, notices, limits',
  description:
    'The first call creates the mailbox; later calls change the given fields only. Lower limits apply to new ' +
    'messages. A new number of `retention_days` applies to present messages, too.\n\n' +
    'A new `notify_email` that is no user and not the billing contact is sent a link. `warnings` name it until it ' +
    'confirms, and it gets no notice before.',
  scope: 'messaging:write',
  params,
  body: VoicemailPreferencesChange,
  answers: { 200: ShownPreferences, 201: ShownPreferences },
  errors: ['WEAK_PIN', 'USER_HAS_MAILBOX', 'UNKNOWN_USER', 'LIMIT_EXCEEDED', 'NO_SMS_SENDER'],
  actsOn: { none: 'a mailbox is no account, and messaging:write covers all of them' },
  effects: [
    ...mailboxEffects,
    writes('voicemailprefs'),
    writes('mailbox-pin'),
    writes('mailbox-access'),
    unique('mailbox-user'),
    reads('user'),
    reads('number', 'GSI1'),
    writes('file'),
    writes('reference'),
    writes('count'),
    records('voicemailprefs.updated'),
    ...asksRecipient,
  ],
});

export const voicemailPreferences = resource('voicemail-preferences', {
  area: 'messaging',
  format: 'reference',
  owner: 'found',
  errors: voicemailPreferencesErrors,
  endpoints: [listMailboxes, getVoicemailPreferences, setVoicemailPreferences],
  examples,
  cascades: [
    cascadeAfter('file.deleted', [writes('reference'), writes('voicemailprefs'), records('voicemailprefs.updated')]),
    cascadeAfter('mailbox.deleted', [
      writes('voicemailprefs'),
      writes('mailbox-pin'),
      writes('mailbox-user'),
      writes('reference'),
      writes('count'),
    ]),
    cascadeAfter('org.closed', [
      writes('voicemailprefs'),
      writes('mailbox-pin'),
      writes('mailbox-user'),
      writes('reference'),
    ]),
  ],
});
