import { sizeText } from '../kit/format.ts';
import { t } from '../texts/texts.ts';
import { edited, saved, type PartsPage, type ResourcePages } from './definitions.ts';
import { usePart } from './money.ts';
import { creditForm } from './money-forms.ts';
import {
  accessKeyForm,
  archiveForm,
  classText,
  connectorForm,
  customerForm,
  fileForm,
  holdForm,
  holdRelease,
  keyRotation,
  networkForm,
  noticeForm,
  purgeForm,
  queueMonitorForm,
  redelivery,
  retentionForm,
  salesforceForm,
  scopeText,
  webhookForm,
  webhookTest,
} from './settings-forms.ts';

const common = { group: 'Platform', tag: 'system', scope: 'system:read' } as const;

export const platform: readonly ResourcePages[] = [
  {
    ...{ key: 'orgs', group: 'Platform', title: t('Organizations'), newTitle: t('New customer'), tag: 'orgs' },
    ...{ scope: 'orgs:read', path: '/orgs', create: 'PUT list', update: 'POST', canDelete: true },
    columns: ['name', 'type', 'status', 'country', 'timezone'],
    form: customerForm,
    parts: [
      usePart,
      {
        ...{ kind: 'action', title: t('Add credit'), tag: 'billing', route: 'POST /billingprofile/{id}/credit' },
        form: creditForm,
      },
      {
        ...{ kind: 'form', title: t('Sign-in by Salesforce'), tag: 'auth', route: 'GET /auth/salesforce/{orgId}' },
        save: 'PUT /auth/salesforce/{orgId}',
        form: salesforceForm,
      },
    ],
  },
  {
    ...{
      key: 'orgips',
      group: 'Platform',
      title: t('Allowed networks'),
      newTitle: t('New allowed network'),
      tag: 'orgs',
      scope: 'orgs:read',
    },
    ...{ path: '/orgips', list: 'GET /orgips/index', ...edited },
    columns: ['ip_address', 'cidr', 'type', 'description', 'updated_at'],
    cells: { type: ({ type }) => (type === 'whitelist' ? t('may sign in') : t('may not sign in')) },
    form: networkForm,
    empty: t('No networks are named: phones may sign in from anywhere.'),
  },
  {
    ...common,
    ...saved,
    ...{ key: 'webhooks', title: t('Webhooks'), newTitle: t('New webhook'), path: '/webhooks' },
    columns: ['url', 'events', 'status', 'updated_at'],
    form: webhookForm,
    empty: t('No webhooks yet. A webhook tells a server of yours what happens here.'),
    parts: [
      { kind: 'action', title: t('Send a test'), route: 'POST /webhooks/{id}/test', form: webhookTest },
      { kind: 'action', title: t('Redeliver'), route: 'POST /webhooks/{id}/redeliver', form: redelivery },
      {
        ...{ kind: 'list', title: t('Deliveries'), route: 'GET /webhooks/{id}', listAt: ['data', 'deliveries'] },
        columns: ['at', 'event_type', 'status', 'response_status', 'attempt', 'duration_ms', 'error', 'event_id'],
      },
    ],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'files', title: t('Files'), newTitle: t('New file'), scope: 'files:read', path: '/files' },
    columns: ['name', 'kind', 'state', 'size', 'content_type', 'created_at'],
    cells: { size: ({ size }) => sizeText(size) },
    form: fileForm,
    empty: t('No files yet. Sounds, greetings and attachments are kept here.'),
  },
  {
    ...{
      key: 'accesskeys',
      group: 'Platform',
      title: t('Access keys'),
      newTitle: t('New access key'),
      tag: 'auth',
      scope: null,
    },
    ...{ path: '/accesskeys', create: 'PUT list', canDelete: true },
    columns: ['name', 'token_prefix', 'scopes', 'expires_at', 'last_used_at'],
    cells: {
      scopes: ({ scopes }) => (Array.isArray(scopes) ? scopes.map(scopeText).join(', ') : t('all that you may do')),
    },
    form: accessKeyForm,
    empty: t('No access keys yet. With a key, a program of yours works with this organization.'),
    parts: [{ kind: 'action', title: t('Rotate'), route: 'POST /accesskeys/{id}/rotate', form: keyRotation }],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'dataconnector', title: t('Connectors'), newTitle: t('New connector'), path: '/dataconnector' },
    columns: ['name', 'kind', 'server', 'status', 'enabled', 'updated_at'],
    form: connectorForm,
    empty: t('No connectors yet. A connector joins your customer database or directory with your phones.'),
    parts: [{ kind: 'action', title: t('Test'), route: 'POST /dataconnector/{id}/test' }],
  },
  {
    ...common,
    ...{ key: 'legalholds', title: t('Legal holds'), newTitle: t('New legal hold'), path: '/archiving/legalholds' },
    ...{ create: 'PUT new' },
    columns: ['name', 'matter', 'status', 'classes', 'placed_at'],
    cells: { classes: ({ classes }) => (Array.isArray(classes) ? classes.map(classText).join(', ') : '–') },
    form: holdForm,
    empty: t('No legal holds. A hold keeps records from being deleted, such as for a lawsuit.'),
    parts: [{ kind: 'action', title: t('Release'), route: 'DELETE /archiving/legalholds/{id}', form: holdRelease }],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'archiving', title: t('Retention'), newTitle: t('New retention rule'), path: '/archiving/policies' },
    columns: ['name', 'class', 'retention_days', 'action', 'enabled', 'last_run_at'],
    cells: { class: ({ class: of }) => classText(of) },
    form: retentionForm,
    empty: t('No rules of your own. Records are kept as the settings of the organization say.'),
  },
];

export const platformPages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'archive', title: t('Archive') },
    parts: [
      {
        ...{ kind: 'form', title: t('Settings'), route: 'GET /archiving/provisioning' },
        save: 'PUT /archiving/provisioning',
        form: archiveForm,
      },
      {
        ...{ kind: 'action', title: t('Purge'), route: 'POST /archiving/purge', form: purgeForm },
        help: t('Deletes records before their time, or counts them.'),
      },
    ],
  },
  {
    ...common,
    ...{ key: 'notifier', title: t('Notices') },
    parts: [
      {
        ...{ kind: 'form', title: t('Notices'), route: 'GET /bespoke/notifier', save: 'PUT /bespoke/notifier' },
        help: t('Who learns of what, by e-mail or SMS.'),
        form: noticeForm,
      },
      {
        ...{ kind: 'form', title: t('Queue monitor'), route: 'GET /bespoke/queuemon', save: 'PUT /bespoke/queuemon' },
        help: t('What a screen on the wall shows of the waiting callers.'),
        form: queueMonitorForm,
        namedBy: 'queue_id',
      },
    ],
  },
];
