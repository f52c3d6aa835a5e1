import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { linksObjects, linksUploads, reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint, listBeside } from '#contract/endpoint.ts';
import { deletesRecords } from '#contract/record-effects.ts';
import { resource } from '#contract/resource.ts';
import { heardStates, MailboxName } from '#schema/mailbox.ts';
import { DownloadLink, exampleLink, UploadLink } from '#schema/object-links.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, Instant } from '#schema/values.ts';
import { MailboxCounts } from '../schema/mailbox-counts.ts';
import { examples } from './examples.ts';
import { exampleVoicemail, NewVoicemail, ShownVoicemail, VoicemailAction, voicemailErrors } from './voicemail.ts';

const params = { id: IdInUrl.describe('Id of the message') };
const mailboxEffects = [reads('voicemailprefs'), reads('user-extension')] as const;

const VoicemailWithAudio = ShownVoicemail.extend({ download: DownloadLink }).meta({
  id: 'VoicemailWithAudio',
  example: {
    ...exampleVoicemail,
    download: exampleLink,
  },
});

const Deposit = z
  .object({
    id: z.string().describe('Id of the message'),
    mailbox: z.string().describe('Its mailbox'),
    status: z.literal('pending').describe('Waits for its audio'),
    upload: UploadLink,
  })
  .meta({
    id: 'VoicemailDeposit',
    example: {
      id: exampleVoicemail.id,
      mailbox: '204',
      status: 'pending',
      upload: {
        method: 'PUT',
        url: 'https://example.com/upload',
        expires_at: '2026-11-20T10:15:00.000Z',
        headers: { 'Content-Type': 'audio/wav', 'Content-Length': '192044' },
      },
    },
  });

const Forwarded = z
  .object({
    id: z.string().describe('Id of the message that was forwarded'),
    forwarded: z
      .array(z.object({ mailbox: z.string().describe('A mailbox'), id: z.string().describe('Its new message') }))
      .describe('The new messages'),
  })
  .meta({
    id: 'ForwardedVoicemail',
    example: { id: exampleVoicemail.id, forwarded: [{ mailbox: '205', id: 'vm_…' }] },
  });

export const listVoicemail = endpoint('GET /voicemail', {
  id: 'listVoicemail',
  summary: 'List the messages of a mailbox',
  description:
    'Newest first, without messages that wait for their audio. A caller that is limited to its own records reaches ' +
    'its own mailbox only; others are 404.',
  scope: 'messaging:read',
  query: {
    ...pageQuery,
    mailbox: MailboxName.describe('Name of the mailbox').meta({ example: '204' }),
    status: z.enum(heardStates).optional().describe('Only messages in this state'),
    from: Instant.optional().describe('Only messages received at this time or later'),
    to: Instant.optional().describe('Only messages received before this time'),
    caller: z.string().max(64).optional().describe('Only messages whose caller number or name contains this text'),
  },
  answers: { 200: listBeside(ShownVoicemail, { counts: MailboxCounts }) },
  errors: [],
  effects: [...mailboxEffects, reads('mailbox'), reads('voicemail', 'GSI1')],
});

export const getVoicemail = endpoint('GET /voicemail/{id}', {
  id: 'getVoicemail',
  summary: 'Get a message, and a link to its audio',
  description: 'The message stays new; `POST` with `action: "read"` marks it as heard.',
  scope: 'messaging:read',
  params,
  answers: { 200: VoicemailWithAudio },
  errors: ['NOT_UPLOADED'],
  effects: [...mailboxEffects, reads('voicemail'), linksObjects('voicemail')],
});

export const depositVoicemail = endpoint('PUT /voicemail/{id}', {
  id: 'depositVoicemail',
  summary: 'Deposit a message in a mailbox: answers an upload link',
  description:
    'The message is `pending` until its audio was uploaded and checked: length and first bytes must fit. The link ' +
    'works for 15 minutes. Without an upload, or with other bytes, the message is deleted after an hour.',
  scope: 'messaging:write',
  unversioned: true,
  params: { id: MailboxName.describe('Name of the mailbox').meta({ example: '204' }) },
  nullIsAbsent: true,
  body: NewVoicemail,
  answers: { 201: Deposit },
  errors: ['MAILBOX_FULL', 'MAILBOX_DISABLED'],
  effects: [
    ...mailboxEffects,
    writes('voicemail'),
    writes('audio'),
    writes('mailbox'),
    writes('due'),
    linksUploads('voicemail'),
    reports('voicemail.mailbox_full'),
  ],
});

export const actOnVoicemail = endpoint('POST /voicemail/{id}', {
  id: 'actOnVoicemail',
  summary: 'Mark a message as read, unread or saved, move it, or forward it',
  description:
    'Forwarding adds the message to all of the mailboxes, or to none if one of them is full or does not exist. ' +
    '`move` and `forward` reach the mailboxes of others, too.',
  scope: 'messaging:write',
  unversioned: true,
  params,
  body: VoicemailAction,
  answers: {
    200: z
      .union([ShownVoicemail, Forwarded])
      .meta({ description: 'The message; after `forward` the new messages', example: exampleVoicemail }),
  },
  errors: ['NOT_UPLOADED', 'MAILBOX_FULL', 'MAILBOX_DISABLED'],
  effects: [
    ...mailboxEffects,
    writes('voicemail'),
    writes('audio'),
    writes('mailbox'),
    reports('voicemail.read'),
    reports('voicemail.unread'),
    reports('voicemail.moved'),
    reports('voicemail.forwarded'),
    reports('voicemail.new'),
    reports('voicemail.mailbox_full'),
  ],
});

export const deleteVoicemail = endpoint('DELETE /voicemail/{id}', {
  id: 'deleteVoicemail',
  summary: 'Delete a message',
  description: 'The audio is deleted with the last message that has it.',
  scope: 'messaging:write',
  unversioned: true,
  params,
  answers: { 200: Deletion },
  errors: [],
  effects: [
    ...mailboxEffects,
    ...deletesRecords,
    writes('voicemail'),
    writes('audio'),
    writes('mailbox'),
    records('voicemail.deleted'),
  ],
});

const endsHidden = [...deletesRecords, writes('audio'), writes('due')] as const;

export const voicemail = resource('voicemail', {
  area: 'messaging',
  format: 'reference',
  owner: 'found',
  errors: voicemailErrors,
  endpoints: [listVoicemail, getVoicemail, depositVoicemail, actOnVoicemail, deleteVoicemail],
  examples,
  cascades: [
    cascadeAfter('legalhold.released', endsHidden),
    cascadeAfter('legalhold.changed', endsHidden),
    cascadeAfter('mailbox.deleted', [
      ...mailboxEffects,
      ...deletesRecords,
      reads('voicemail', 'GSI1'),
      writes('voicemail'),
      writes('audio'),
      writes('mailbox'),
      records('voicemail.deleted'),
    ]),
    cascadeAfter('org.closed', [
      ...deletesRecords,
      writes('voicemail'),
      writes('audio'),
      writes('mailbox'),
      records('voicemail.deleted'),
    ]),
  ],
});
