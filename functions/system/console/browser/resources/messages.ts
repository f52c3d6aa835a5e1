import { saved, type PartsPage, type ResourcePages } from './definitions.ts';

const common = { group: 'Messages', tag: 'messaging', scope: 'messaging:read' } as const;

export const messages: readonly ResourcePages[] = [
  {
    ...common,
    ...{ key: 'sms', title: 'SMS', noun: 'SMS', path: '/sms', create: 'PUT list', idField: 'message_id' },
    columns: ['to', 'from', 'status', 'segments', 'cost', 'created_at'],
    parts: [{ kind: 'action', title: 'Cancel', route: 'DELETE /sms/{id}' }],
  },
  {
    ...common,
    ...{ key: 'smsoptouts', title: 'SMS opt-outs', noun: 'SMS opt-out', path: '/smsoptouts', idField: 'number' },
    ...{ create: 'PUT named', canDelete: true },
    columns: ['number', 'source', 'reason', 'at'],
  },
  {
    ...common,
    ...{ key: 'email', title: 'E-mail', noun: 'e-mail', path: '/email', create: 'PUT list', idField: 'email_id' },
    columns: ['to', 'subject', 'status', 'created_at'],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'emailtemplates', title: 'E-mail templates', noun: 'e-mail template', path: '/emailtemplates' },
    columns: ['name', 'subject', 'version', 'updated_at'],
  },
  {
    ...common,
    ...{ key: 'emailsuppressions', title: 'E-mail suppressions', noun: 'suppressed address' },
    ...{ path: '/emailsuppressions', idField: 'address', canDelete: true },
    columns: ['address', 'reason', 'at', 'until'],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'voicemaildrop', title: 'Voicemail drops', noun: 'voicemail drop', path: '/voicemaildrop' },
    columns: ['name', 'status', 'duration_seconds', 'updated_at'],
  },
  {
    ...common,
    ...{ key: 'mailboxes', title: 'Mailboxes', noun: 'mailbox', path: '/voicemailprefs', idField: 'mailbox' },
    ...{ create: 'PUT named', update: 'PUT' },
    columns: ['mailbox', 'user_id', 'enabled', 'greeting_type', 'pin_set', 'counts'],
  },
];

export const messagePages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'sms-log', title: 'SMS log', scope: 'messaging:read' },
    parts: [
      { kind: 'action', title: 'Search', route: 'POST /smslogs/search' },
      { kind: 'action', title: 'Download', route: 'POST /smslogs/download' },
    ],
  },
];
