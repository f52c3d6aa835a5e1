import { edited, saved, type PartsPage, type ResourcePages } from './definitions.ts';

const common = { group: 'Platform', tag: 'system', scope: 'system:read' } as const;

export const platform: readonly ResourcePages[] = [
  {
    ...{ key: 'orgs', group: 'Platform', title: 'Organizations', noun: 'organization', tag: 'orgs' },
    ...{ scope: 'orgs:read', path: '/orgs', create: 'PUT list', update: 'POST', canDelete: true },
    columns: ['name', 'id', 'type', 'status', 'country', 'timezone'],
    parts: [
      { kind: 'values', title: 'Billing', tag: 'billing', route: 'GET /billingprofile/{id}' },
      { kind: 'action', title: 'Add credit', tag: 'billing', route: 'POST /billingprofile/{id}/credit' },
      {
        ...{ kind: 'form', title: 'Sign-in by Salesforce', tag: 'auth', route: 'GET /auth/salesforce/{orgId}' },
        save: 'PUT /auth/salesforce/{orgId}',
      },
    ],
  },
  {
    ...{ key: 'orgips', group: 'Platform', title: 'Networks', noun: 'network', tag: 'orgs', scope: 'orgs:read' },
    ...{ path: '/orgips', list: 'GET /orgips/index', ...edited },
    columns: ['ip_address', 'cidr', 'type', 'organization_id', 'description', 'updated_at'],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'webhooks', title: 'Webhooks', noun: 'webhook', path: '/webhooks' },
    columns: ['id', 'url', 'events', 'status', 'updated_at'],
    parts: [
      { kind: 'action', title: 'Send a test', route: 'POST /webhooks/{id}/test' },
      { kind: 'action', title: 'Redeliver', route: 'POST /webhooks/{id}/redeliver' },
      {
        ...{ kind: 'list', title: 'Deliveries', route: 'GET /webhooks/{id}', listAt: ['data', 'deliveries'] },
        columns: ['at', 'event_type', 'status', 'response_status', 'attempt', 'duration_ms', 'error', 'event_id'],
      },
    ],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'files', title: 'Files', noun: 'file', scope: 'files:read', path: '/files' },
    columns: ['name', 'kind', 'state', 'size', 'content_type', 'created_at'],
  },
  {
    ...{ key: 'accesskeys', group: 'Platform', title: 'Access keys', noun: 'access key', tag: 'auth', scope: null },
    ...{ path: '/accesskeys', create: 'PUT list', canDelete: true },
    columns: ['name', 'token_prefix', 'scopes', 'expires_at', 'last_used_at'],
    parts: [{ kind: 'action', title: 'Rotate', route: 'POST /accesskeys/{id}/rotate' }],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'dataconnector', title: 'Data connectors', noun: 'data connector', path: '/dataconnector' },
    columns: ['name', 'kind', 'server', 'status', 'enabled', 'updated_at'],
    parts: [{ kind: 'action', title: 'Test', route: 'POST /dataconnector/{id}/test' }],
  },
  {
    ...common,
    ...{ key: 'legalholds', title: 'Legal holds', noun: 'legal hold', path: '/archiving/legalholds' },
    ...{ create: 'PUT new' },
    columns: ['name', 'matter', 'status', 'classes', 'placed_at'],
    parts: [{ kind: 'action', title: 'Release', route: 'DELETE /archiving/legalholds/{id}' }],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'archiving', title: 'Archiving policies', noun: 'archiving policy', path: '/archiving/policies' },
    columns: ['name', 'class', 'retention_days', 'action', 'enabled', 'last_run_at'],
  },
];

export const platformPages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'audit', title: 'Audit log', about: 'organization' },
    parts: [
      {
        ...{ kind: 'list', title: 'Entries', route: 'POST /eventlog/{orgId}', isFiltered: true },
        columns: ['created_at', 'event_type', 'severity', 'actor', 'resource', 'description', 'ip_address'],
      },
    ],
  },
  {
    ...common,
    ...{ key: 'archive', title: 'Archive' },
    parts: [
      {
        ...{ kind: 'form', title: 'Settings', route: 'GET /archiving/provisioning' },
        save: 'PUT /archiving/provisioning',
      },
      { kind: 'action', title: 'Purge', route: 'POST /archiving/purge' },
    ],
  },
  {
    ...common,
    ...{ key: 'notifier', title: 'Notices' },
    parts: [
      { kind: 'form', title: 'Notices', route: 'GET /bespoke/notifier', save: 'PUT /bespoke/notifier' },
      { kind: 'form', title: 'Queue monitor', route: 'GET /bespoke/queuemon', save: 'PUT /bespoke/queuemon' },
    ],
  },
  {
    ...common,
    ...{ key: 'health', title: 'Platform health', scope: null },
    parts: [{ kind: 'values', title: 'Health', route: 'GET /health' }],
  },
];
