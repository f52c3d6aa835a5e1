/** The resources that have the same pages: a list, and a form for one. */

export type ResourcePages = {
  /** In the address of the page. */
  readonly key: string;
  readonly group: 'People' | 'Calls' | 'Telephony' | 'Messages' | 'Money' | 'Platform';
  /** What there are, and what one is. */
  readonly title: string;
  readonly noun: string;
  /** Tag of its operations in the OpenAPI document. */
  readonly tag: string;
  /** Scope that lists them; null: any person may. */
  readonly scope: string | null;
  /** Path of the list; each resource is at `<path>/{id}`. */
  readonly path: string;
  /** How one is made: PUT of the list's path, or of `new`. Absent: none is made here. */
  readonly create?: 'PUT list' | 'PUT new';
  readonly update?: 'PUT' | 'POST';
  readonly canDelete?: true;
  /** Field that names one in the path. Default `id`. */
  readonly idField?: string;
  readonly columns: readonly string[];
};

const saved = { create: 'PUT new', update: 'PUT', canDelete: true } as const;
const changed = { create: 'PUT list', update: 'POST', canDelete: true } as const;

export const resources: readonly ResourcePages[] = [
  {
    ...changed,
    ...{
      key: 'users',
      group: 'People',
      title: 'Users',
      noun: 'user',
      tag: 'users',
      scope: 'users:read',
      path: '/users',
    },
    columns: ['username', 'display_name', 'email', 'extension', 'status', 'roles'],
  },
  {
    ...changed,
    ...{
      key: 'groups',
      group: 'People',
      title: 'Groups',
      noun: 'group',
      tag: 'users',
      scope: 'users:read',
      path: '/groups',
    },
    columns: ['name', 'display_name', 'category', 'status', 'member_count'],
  },
  {
    ...{
      key: 'devices',
      group: 'Telephony',
      title: 'Phones',
      noun: 'phone',
      tag: 'telephony',
      scope: 'telephony:read',
      path: '/devices',
    },
    ...{ create: 'PUT new', update: 'POST', canDelete: true },
    columns: ['name', 'kind', 'mac_address', 'model', 'status', 'ip_address'],
  },
  {
    ...{ key: 'extensions', group: 'Telephony', title: 'Extensions', noun: 'extension' },
    ...{ tag: 'telephony', scope: 'telephony:read', path: '/extensions', idField: 'extension' },
    columns: ['extension', 'type', 'name'],
  },
  {
    ...saved,
    ...{ key: 'callflows', group: 'Telephony', title: 'Call flows', noun: 'call flow' },
    ...{ tag: 'telephony', scope: 'telephony:read', path: '/callflows' },
    columns: ['name', 'extension', 'language', 'step_count', 'enabled', 'updated_at'],
  },
  {
    ...saved,
    ...{ key: 'ringgroups', group: 'Telephony', title: 'Ring groups', noun: 'ring group' },
    ...{ tag: 'telephony', scope: 'telephony:read', path: '/ringgroups' },
    columns: ['name', 'extension', 'strategy', 'ring_seconds', 'updated_at'],
  },
  {
    ...saved,
    ...{ key: 'schedules', group: 'Telephony', title: 'Schedules', noun: 'schedule' },
    ...{ tag: 'telephony', scope: 'telephony:read', path: '/schedules' },
    columns: ['name', 'time_zone', 'override', 'updated_at'],
  },
  {
    ...saved,
    ...{ key: 'blockedcallers', group: 'Telephony', title: 'Blocked callers', noun: 'blocked caller' },
    ...{ tag: 'telephony', scope: 'telephony:read', path: '/blockedcallers' },
    columns: ['name', 'caller', 'action', 'updated_at'],
  },
  {
    ...{
      key: 'siptrunk',
      group: 'Telephony',
      title: 'Trunks',
      noun: 'trunk',
      tag: 'telephony',
      scope: 'telephony:read',
      path: '/siptrunk',
    },
    ...{ create: 'PUT new', update: 'POST', canDelete: true },
    columns: ['name', 'type', 'status', 'host', 'transport'],
  },
  {
    ...{ key: 'sipgateways', group: 'Telephony', title: 'Gateways', noun: 'gateway' },
    ...{
      tag: 'telephony',
      scope: 'telephony:read',
      path: '/sipgateways',
      create: 'PUT new',
      update: 'POST',
      canDelete: true,
    },
    columns: ['name', 'host', 'port', 'transport', 'max_channels'],
  },
  {
    ...{
      key: 'sms',
      group: 'Messages',
      title: 'SMS',
      noun: 'SMS',
      tag: 'messaging',
      scope: 'messaging:read',
      path: '/sms',
      create: 'PUT list',
    },
    idField: 'message_id',
    columns: ['to', 'from', 'status', 'segments', 'cost', 'created_at'],
  },
  {
    ...{
      key: 'email',
      group: 'Messages',
      title: 'E-mail',
      noun: 'e-mail',
      tag: 'messaging',
      scope: 'messaging:read',
      path: '/email',
    },
    ...{ create: 'PUT list', idField: 'email_id' },
    columns: ['to', 'subject', 'status', 'created_at'],
  },
  {
    ...saved,
    ...{ key: 'emailtemplates', group: 'Messages', title: 'E-mail templates', noun: 'e-mail template' },
    ...{ tag: 'messaging', scope: 'messaging:read', path: '/emailtemplates' },
    columns: ['name', 'subject', 'version', 'updated_at'],
  },
  {
    ...saved,
    ...{ key: 'voicemaildrop', group: 'Messages', title: 'Voicemail drops', noun: 'voicemail drop' },
    ...{ tag: 'messaging', scope: 'messaging:read', path: '/voicemaildrop' },
    columns: ['name', 'status', 'duration_seconds', 'updated_at'],
  },
  {
    ...saved,
    ...{
      key: 'tariffs',
      group: 'Money',
      title: 'Tariffs',
      noun: 'tariff',
      tag: 'billing',
      scope: 'billing:read',
      path: '/tariffs',
    },
    columns: ['name', 'kind', 'currency', 'rate_count', 'timezone'],
  },
  {
    ...{
      key: 'orgs',
      group: 'Platform',
      title: 'Organizations',
      noun: 'organization',
      tag: 'orgs',
      scope: 'orgs:read',
      path: '/orgs',
    },
    ...{ create: 'PUT list', update: 'POST', canDelete: true },
    columns: ['name', 'id', 'type', 'status', 'country', 'timezone'],
  },
  {
    ...saved,
    ...{
      key: 'webhooks',
      group: 'Platform',
      title: 'Webhooks',
      noun: 'webhook',
      tag: 'system',
      scope: 'system:read',
      path: '/webhooks',
    },
    columns: ['id', 'url', 'events', 'status', 'updated_at'],
  },
  {
    ...saved,
    ...{
      key: 'files',
      group: 'Platform',
      title: 'Files',
      noun: 'file',
      tag: 'system',
      scope: 'files:read',
      path: '/files',
    },
    columns: ['name', 'kind', 'state', 'size', 'content_type', 'created_at'],
  },
  {
    ...{ key: 'accesskeys', group: 'Platform', title: 'Access keys', noun: 'access key', tag: 'auth', scope: null },
    ...{ path: '/accesskeys', create: 'PUT list', canDelete: true },
    columns: ['name', 'token_prefix', 'scopes', 'expires_at', 'last_used_at'],
  },
  {
    ...{
      key: 'legalholds',
      group: 'Platform',
      title: 'Legal holds',
      noun: 'legal hold',
      tag: 'system',
      scope: 'system:read',
    },
    ...{ path: '/archiving/legalholds', create: 'PUT new' },
    columns: ['name', 'matter', 'status', 'classes', 'placed_at'],
  },
  {
    ...saved,
    ...{
      key: 'archiving',
      group: 'Platform',
      title: 'Archiving policies',
      noun: 'archiving policy',
      tag: 'system',
      scope: 'system:read',
    },
    path: '/archiving/policies',
    columns: ['name', 'class', 'retention_days', 'action', 'enabled', 'last_run_at'],
  },
];

/** Routes of a resource's operations, as in the OpenAPI document. */
export function routesOf({ path, create, update, canDelete }: ResourcePages) {
  const one = `${path}/{id}`;
  return {
    list: `GET ${path}`,
    get: `GET ${one}`,
    create: create === undefined ? undefined : create === 'PUT list' ? `PUT ${path}` : `PUT ${one}`,
    update: update === undefined ? undefined : `${update} ${one}`,
    remove: canDelete === true ? `DELETE ${one}` : undefined,
  };
}
