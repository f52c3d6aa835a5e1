import { numberText } from '../kit/format.ts';
import { t } from '../texts/texts.ts';
import { saved, type ResourcePages } from './definitions.ts';
import { dropForm, emailForm, mailboxForm, optOutForm, smsForm, templateForm } from './message-forms.ts';

const common = { group: 'Messages', tag: 'messaging', scope: 'messaging:read' } as const;

export const messages: readonly ResourcePages[] = [
  {
    ...common,
    ...{ key: 'sms', title: t('SMS'), newTitle: t('New SMS'), path: '/sms', create: 'PUT list', idField: 'message_id' },
    columns: ['to', 'from', 'status', 'segments', 'cost', 'created_at'],
    form: smsForm,
    empty: t('No SMS yet. Write one to a customer, or to many at once.'),
    parts: [{ kind: 'action', title: t('Cancel'), route: 'DELETE /sms/{id}' }],
  },
  {
    ...common,
    ...{ key: 'smsoptouts', title: t('Opt-outs'), newTitle: t('New opt-out'), path: '/smsoptouts', idField: 'number' },
    ...{ create: 'PUT named', canDelete: true },
    columns: ['number', 'source', 'reason', 'at'],
    form: optOutForm,
    empty: t('No one has opted out. Who answers STOP to an SMS of yours is listed here, and gets no more.'),
  },
  {
    ...common,
    ...{ key: 'email', title: t('E-mail'), newTitle: t('New e-mail'), path: '/email' },
    ...{ create: 'PUT list', idField: 'email_id' },
    columns: ['to', 'subject', 'status', 'created_at'],
    form: emailForm,
    empty: t('No e-mail yet. What is sent by a template is listed here, with what became of it.'),
  },
  {
    ...common,
    ...saved,
    ...{ key: 'emailtemplates', title: t('Templates'), newTitle: t('New template'), path: '/emailtemplates' },
    columns: ['name', 'subject', 'version', 'updated_at'],
    form: templateForm,
    empty: t('No templates yet. A template is an e-mail that is written once and sent often.'),
  },
  {
    ...common,
    ...{ key: 'emailsuppressions', title: t('Blocked addresses'), newTitle: t('New blocked address') },
    ...{ path: '/emailsuppressions', idField: 'address', canDelete: true },
    columns: ['address', 'reason', 'at', 'until'],
    empty: t('No address is blocked. Addresses that return e-mail, or whose owners complain, are listed here.'),
  },
  {
    ...common,
    ...saved,
    ...{ key: 'voicemaildrop', title: t('Voicemail drops'), newTitle: t('New voicemail drop'), path: '/voicemaildrop' },
    columns: ['name', 'status', 'duration_seconds', 'updated_at'],
    form: dropForm,
    empty: t('No voicemail drops yet. A drop is a recording that is left on an answering machine by a click.'),
  },
  {
    ...common,
    ...{ key: 'mailboxes', title: t('Mailboxes'), newTitle: t('New mailbox'), path: '/voicemailprefs' },
    ...{ create: 'PUT named', update: 'PUT', idField: 'mailbox' },
    columns: ['mailbox', 'user_id', 'enabled', 'greeting_type', 'pin_set', 'counts'],
    cells: {
      counts: ({ counts }) => {
        const { new: fresh, read } = Object(counts) as { readonly new?: unknown; readonly read?: unknown };
        return t('{fresh} new, {read} heard', { fresh: numberText(fresh), read: numberText(read) });
      },
    },
    form: mailboxForm,
    empty: t('No mailboxes yet. Each user with an extension gets one with the first message.'),
  },
];
