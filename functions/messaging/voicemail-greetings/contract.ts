import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { linksObjects, linksUploads, reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { deletesRecords } from '#contract/record-effects.ts';
import { resource } from '#contract/resource.ts';
import { greetingUses } from '#schema/greeting.ts';
import { MailboxName } from '#schema/mailbox.ts';
import { examples } from './examples.ts';
import { AwaitedGreeting, NewGreeting, ShownGreeting } from './greeting.ts';

const params = {
  mailbox: MailboxName.describe('Name of the mailbox, normally an extension').meta({ example: '204' }),
  use: z
    .enum(greetingUses)
    .describe('For callers who find the owner unavailable or busy, or the name in a greeting')
    .meta({ example: 'unavailable' }),
};
const mailboxEffects = [reads('voicemailprefs'), reads('user-extension'), reads('file'), reads('file-name')] as const;

export const getGreeting = endpoint('GET /voicemailprefs/{mailbox}/greetings/{use}', {
  id: 'getGreeting',
  summary: 'Get a greeting of a mailbox, with a link to its audio, and the state of its last upload',
  scope: 'messaging:read',
  params,
  answers: { 200: ShownGreeting },
  errors: [],
  effects: [...mailboxEffects, linksObjects('files')],
});

export const putGreeting = endpoint('PUT /voicemailprefs/{mailbox}/greetings/{use}', {
  id: 'putGreeting',
  summary: 'Put a greeting, or the name, of a mailbox: answers an upload link',
  description:
    'Callers hear it once its audio was uploaded and checked; until then they hear the present one. `unavailable` ' +
    'then sets `greeting_type` to `custom`.\n\n' +
    'An upload is rejected, and changes nothing, if its type or length is not as announced or calls cannot play it. ' +
    'The longest audio is two minutes, for a name 15 seconds.',
  scope: 'messaging:write',
  unversioned: true,
  params,
  body: NewGreeting,
  answers: { 201: AwaitedGreeting },
  errors: ['NAME_TAKEN', 'LIMIT_EXCEEDED'],
  effects: [
    ...mailboxEffects,
    writes('file'),
    unique('file-name'),
    writes('count'),
    writes('due'),
    linksUploads('files'),
    records('file.created'),
    records('file.replaced'),
  ],
});

const endsFiles = [
  ...deletesRecords,
  ...mailboxEffects,
  writes('file'),
  writes('file-name'),
  writes('count'),
  writes('due'),
  writes('reference'),
  records('file.deleted'),
] as const;

export const voicemailGreetings = resource('voicemail-greetings', {
  area: 'messaging',
  format: 'reference',
  owner: 'found',
  endpoints: [getGreeting, putGreeting],
  examples,
  cascades: [
    cascadeAfter('file.ready', [...endsFiles, writes('voicemailprefs'), records('voicemailprefs.updated')]),
    cascadeAfter('mailbox.deleted', endsFiles),
  ],
});
