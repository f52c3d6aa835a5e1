import { field } from '../kit/arranged-field.ts';
import type { Arranged, Arrangement } from '../kit/arrangement.ts';
import { t } from '../texts/texts.ts';

/** Forms of the settings of an organization: access, connections, records. */

const addressFields = [
  field('street', t('Street')),
  field('postal_code', t('Postal code')),
  field('city', t('City')),
  field('state', t('State or province')),
  field('country', t('Country')),
  field('phone', t('Phone')),
  field('site_label', t('Name of the site')),
];

export const companyAddress = field('address', t('Address'), { fields: addressFields });

export const limitFields = [
  field('max_users', t('Users')),
  field('max_devices', t('Phones')),
  field('max_trunks', t('Trunks')),
  field('max_numbers', t('Numbers')),
  field('max_concurrent_calls', t('Calls at a time')),
  field('daily_spend', t('Spend a day'), { help: t('Empty: no limit.'), control: 'money' }),
];

export const customerForm: Arrangement = {
  groups: [
    {
      title: t('Company'),
      fields: [
        'name',
        field('type', t('Kind'), { choices: { customer: t('Customer'), reseller: t('Reseller') } }),
        field('country', t('Country')),
        'timezone',
        field('currency', t('Currency'), t('Empty: yours.')),
      ],
    },
    {
      title: t('First user'),
      fields: [
        field('admin', t('Administrator'), {
          fields: [
            field('username', t('User name')),
            field('email', t('E-mail')),
            field('first_name', t('First name')),
            field('last_name', t('Last name')),
            field('password', t('Password'), t('Empty: one is made, and shown once.')),
          ],
        }),
      ],
    },
    { title: t('Limits'), fields: [field('limits', t('At most'), { fields: limitFields })] },
  ],
  advanced: [companyAddress, field('alias', t('Short name'), t('Cannot be given to another one later.'))],
  hidden: ['parent_id', 'status', 'security', 'retention', 'settings', 'contacts'],
};

export const networkForm: Arrangement = {
  groups: [
    {
      fields: [
        field('type', t('Phones there'), { choices: { whitelist: t('may sign in'), blacklist: t('may not sign in') } }),
        field('ip_address', t('IP address'), t('The first address of the network.')),
        field('cidr', t('Length of the network'), t('24 for 256 addresses; empty for this address alone.')),
        'description',
      ],
    },
  ],
};

/** Areas of events, and the events that most receivers want. */
const events = {
  '*': t('Everything'),
  'call.*': t('Calls: all steps'),
  'call.answered': t('Call answered'),
  'call.missed': t('Call missed'),
  'call.hangup': t('Call ended'),
  'cdr.rated': t('Call charged'),
  'voicemail.*': t('Voicemail: everything'),
  'voicemail.new': t('New voicemail'),
  'sms.*': t('SMS: everything'),
  'sms.received': t('SMS received'),
  'sms.delivered': t('SMS delivered'),
  'sms.failed': t('SMS failed'),
  'email.*': t('E-mail: everything'),
  'email.bounced': t('E-mail returned'),
  'user.*': t('Users: changes'),
  'device.*': t('Phones: everything'),
  'device.unregistered': t('Phone signed out'),
  'number.*': t('Numbers: changes'),
  'trunk.*': t('Trunks: everything'),
  'trunk.registration_failed': t('Trunk could not sign in'),
  'gateway.*': t('Gateways: everything'),
  'gateway.down': t('Gateway down'),
  'balance.low': t('Balance low'),
  'balance.exhausted': t('Balance used up'),
  'org.*': t('Organizations: changes'),
  'tariff.*': t('Price lists: changes'),
  'file.*': t('Files: everything'),
  'auth.*': t('Sign-ins: everything'),
  custom: t('Events of your own'),
};

export const webhookForm: Arrangement = {
  groups: [
    {
      fields: [
        field('url', t('Sent to'), t('Address of your server, with https.')),
        field('events', t('What is sent'), { choices: events }),
        'description',
        field('enabled', t('In use')),
      ],
    },
  ],
  advanced: [
    field('headers', t('Headers'), t('Up to five, whose names begin with X-.')),
    field('rotate_secret', t('Make a new secret')),
    field('overlap_hours', t('Hours for which the old secret still works')),
  ],
};

export const webhookTest: Arrangement = {
  isShort: true,
  groups: [{ fields: [field('type', t('Event'), t('Empty: a test event.'))] }],
};

export const redelivery: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('since', t('Events from'), { help: t('At most seven days ago.'), control: 'moment' }),
        field('until', t('Until'), { help: t('Empty: now.'), control: 'moment' }),
        field('status', t('Which'), { choices: { failed: t('that failed'), all: t('all') } }),
      ],
    },
  ],
};

const area = (reading: string, changing: string, key: string): Readonly<Record<string, string>> => ({
  [`${key}:read`]: reading,
  [`${key}:write`]: changing,
});

/** What a key may do. */
const scopes: Readonly<Record<string, string>> = {
  ...area(t('Calls: see'), t('Calls: make and control'), 'calls'),
  ...area(t('Call history: see'), t('Call history: file'), 'cdr'),
  'recordings:read': t('Recordings: hear'),
  ...area(t('Messages: read'), t('Messages: send'), 'messaging'),
  ...area(t('Users: see'), t('Users: change'), 'users'),
  ...area(t('Phones and numbers: see'), t('Phones and numbers: change'), 'telephony'),
  ...area(t('Dial plan: see'), t('Dial plan: change'), 'dialplan'),
  ...area(t('Billing: see'), t('Billing: change'), 'billing'),
  ...area(t('Organizations: see'), t('Organizations: change'), 'orgs'),
  ...area(t('Files: see'), t('Files: change'), 'files'),
  ...area(t('Settings: see'), t('Settings: change'), 'system'),
  'events:write': t('Events of your own: file'),
};

export const scopeText = (scope: unknown): string => scopes[String(scope)] ?? String(scope);

export const accessKeyForm: Arrangement = {
  groups: [
    {
      fields: [
        field('name', t('Name'), t('Which program uses it.')),
        field('scopes', t('May do'), { help: t('Empty: all that you may do.'), choices: scopes }),
        field('expires_at', t('Ends'), t('Empty: in a year.')),
        field('detail', t('Note')),
      ],
    },
  ],
  advanced: [field('allowed_ips', t('Only from these networks'), t('Such as 203.0.113.0/24. Empty: from anywhere.'))],
};

export const keyRotation: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [field('overlap_hours', t('Hours for which the old key still works'), t('Empty: 24. 0: ends at once.'))],
    },
  ],
};

export const fileForm: Arrangement = {
  groups: [
    {
      fields: [
        'name',
        field('kind', t('Used as'), {
          choices: {
            ...{ sound: t('Sound'), greeting: t('Greeting'), music_on_hold: t('Music on hold') },
            ...{ voicemail_drop: t('Voicemail drop'), attachment: t('Attachment'), recording: t('Recording') },
            provisioning_template: t('Template for phones'),
          },
        }),
        field('content_type', t('Format'), {
          choices: {
            ...{ 'audio/wav': 'WAV', 'audio/mpeg': 'MP3', 'audio/ogg': 'Ogg', 'application/pdf': 'PDF' },
            ...{ 'image/png': 'PNG', 'image/jpeg': 'JPEG', 'text/plain': t('Text'), 'text/csv': 'CSV' },
            'application/xml': 'XML',
          },
        }),
        field('size', t('Size in bytes')),
        'description',
      ],
    },
  ],
  advanced: [field('sha256', t('Checksum (SHA-256)'))],
};

export const connectorForm: Arrangement = {
  groups: [
    {
      fields: [
        'name',
        field('kind', t('Connects to'), {
          choices: {
            ...{ salesforce: 'Salesforce', dynamics: 'Microsoft Dynamics', sugar: 'SugarCRM', zendesk: 'Zendesk' },
            ...{ oracle_fusion: 'Oracle Fusion', gooddata: 'GoodData', ldap: t('Directory (LDAP)') },
            http: t('another server (HTTP)'),
          },
        }),
        field('server', t('Address'), t('With https, for a directory with ldaps.')),
        field('enabled', t('In use')),
      ],
    },
    {
      title: t('Sign-in'),
      fields: [
        field('auth_type', t('Signs in with'), {
          choices: {
            ...{ password: t('user name and password'), basic: t('user name and password (HTTP)') },
            ...{ simple: t('user name and password (LDAP)'), token: t('API token'), bearer: t('bearer token') },
            ...{ header: t('a header'), oauth: 'OAuth', client_credentials: t('OAuth, for programs') },
            ...{ jwt: t('signed token (JWT)'), none: t('nothing') },
          },
        }),
        field('username', t('User name')),
        field('password', t('Password')),
        field('token', t('Token')),
        field('client_id', t('Client')),
        field('client_secret', t('Secret of the client')),
      ],
    },
  ],
  advanced: [
    field('organization', t('Tenant')),
    field('resource_id', t('Resource')),
    field('account_type', t('Kind of account')),
    field('private_key', t('Private key'), { control: 'lines' }),
    field('test_path', t('Path of the test')),
    field('header_name', t('Name of the header')),
    field('restricted', t('Only for administrators')),
    field('items', t('Linked'), {
      fields: [
        field('type', t('Kind'), {
          choices: { user: t('User'), number: t('Number'), sim: t('SIM card'), trunk: t('Trunk') },
        }),
        field('id', t('Which'), t('As the API names it.')),
        field('sync_status', t('State'), {
          choices: { synced: t('up to date'), changed: t('changed'), delete: t('to be deleted') },
        }),
        field('connected_app', t('App there')),
      ],
    }),
  ],
};

const classes: Readonly<Record<string, string>> = {
  cdr: t('Call history'),
  recordings: t('Recordings'),
  voicemail: t('Voicemail'),
  sms: t('SMS'),
  email: t('E-mail'),
  eventlog: t('Audit log'),
  logs: t('Call logs'),
};

export const classText = (value: unknown): string =>
  value === '*' ? t('Everything') : (classes[String(value)] ?? String(value));

/** Which records. @param more what is asked besides users and numbers */
const recordFilter = (...more: readonly Arranged[]): Arranged =>
  field('filter', t('Only these'), {
    help: t('Empty: all.'),
    fields: [field('user_ids', t('Of these users')), field('numbers', t('With these numbers')), ...more],
  });

const direction = field('direction', t('Direction'), {
  choices: { inbound: t('incoming'), outbound: t('outgoing'), internal: t('internal') },
});

export const holdForm: Arrangement = {
  groups: [
    {
      fields: [
        'name',
        field('classes', t('What is kept'), { choices: { '*': t('Everything'), ...classes } }),
        field('reason', t('Reason'), t('Is shown in the audit log.')),
        field('matter', t('Case number')),
        recordFilter(
          field('from', t('From'), { control: 'moment' }),
          field('to', t('Until'), { control: 'moment' }),
          field('search_text', t('With these words')),
          field('entity_ids', t('With these ids')),
        ),
      ],
    },
  ],
};

export const holdRelease: Arrangement = {
  isShort: true,
  groups: [{ fields: [field('reason', t('Reason'), t('Is shown in the audit log.'))] }],
};

export const retentionForm: Arrangement = {
  groups: [
    {
      fields: [
        'name',
        field('class', t('Records'), { choices: classes }),
        field('retention_days', t('Kept for (days)')),
        field('action', t('Then'), {
          choices: {
            ...{ delete: t('they are deleted'), export: t('they are archived') },
            export_then_delete: t('they are archived, then deleted'),
          },
        }),
        field('enabled', t('In use')),
        recordFilter(direction),
      ],
    },
  ],
};

export const archiveForm: Arrangement = {
  groups: [
    {
      fields: [
        field('enabled', t('Archive records')),
        field('quota_gb', t('Size at most (GB)')),
        field('storage_class', t('Storage'), {
          choices: {
            ...{ STANDARD: t('read at once'), STANDARD_IA: t('read seldom') },
            ...{ GLACIER_IR: t('read hardly ever'), DEEP_ARCHIVE: t('read after hours') },
          },
        }),
      ],
    },
  ],
  advanced: [
    field('confirm', t('Name of the organization'), t('Only to lock archives for ever.')),
    field('max_compliance_years', t('Years for which archives may be locked')),
  ],
};

export const purgeForm: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('class', t('Records'), { choices: classes }),
        field('before', t('Before'), { control: 'moment' }),
        recordFilter(direction),
        field('dry_run', t('Only count them')),
        field('export', t('Archive them first')),
      ],
    },
  ],
};

export const noticeForm: Arrangement = {
  groups: [
    {
      fields: [
        field('notification_rules', t('Rules'), {
          fields: [
            field('name', t('Name')),
            field('trigger', t('When'), {
              help: t('Such as missed_call, new_voicemail, device_offline, emergency_call or gateway.down.'),
            }),
            field('channels', t('Send'), {
              choices: { email: t('E-mail'), sms: t('SMS'), webhook: t('to the webhook') },
            }),
            field('recipients', t('To'), t('Numbers and e-mail addresses. Empty: whom it concerns.')),
            field('template', t('Text'), { control: 'lines' }),
            field('enabled', t('In use')),
          ],
        }),
      ],
    },
    {
      title: t('When notices are sent'),
      fields: [
        field('delivery_preferences', t('Quiet hours'), {
          fields: [
            field('quiet_hours', t('No notices between'), {
              fields: [
                field('enabled', t('In use')),
                field('start', t('From'), t('Such as 22:00.')),
                field('end', t('Until'), t('Such as 07:00.')),
                'timezone',
              ],
            }),
            field('max_notifications_per_hour', t('Notices an hour'), t('Further ones come as one digest.')),
          ],
        }),
      ],
    },
  ],
};

export const queueMonitorForm: Arrangement = {
  groups: [
    {
      fields: [
        field('refresh_interval', t('Refreshed every (seconds)')),
        field('display_columns', t('Columns'), {
          choices: {
            ...{ agent_name: t('Name'), status: t('State'), calls_handled: t('Calls'), wait_time: t('Longest wait') },
            ...{ avg_handle_time: t('Time per call'), queue_length: t('Waiting callers') },
            ...{ abandon_rate: t('Gave up'), service_level: t('Answered in time'), last_call_at: t('Last call') },
          },
        }),
        field('alert_thresholds', t('Warn from'), {
          fields: [
            field('queue_length', t('Waiting callers')),
            field('wait_time_seconds', t('Longest wait')),
            field('abandon_rate', t('Gave up'), { control: 'percent' }),
          ],
        }),
      ],
    },
  ],
  advanced: [
    field('queue_id', t('Queue')),
    field('custom_metrics', t('Figures of your own'), {
      fields: [
        field('name', t('Name')),
        field('formula', t('Formula'), t('Such as calls_handled * 2.')),
        field('target', t('Goal')),
      ],
    }),
  ],
};

export const salesforceForm: Arrangement = {
  groups: [
    {
      fields: [
        field('enabled', t('In use')),
        field('client_id', t('Consumer key')),
        field('client_secret', t('Consumer secret'), t('Needed at first; it is never shown.')),
        field('login_url', t('Address of your Salesforce')),
        field('auto_link', t('Link users by their e-mail address')),
        field('auto_provision', t('Make users who are not known yet')),
        field('default_role', t('Role of users who are made')),
        field('require_2fa', t('Ask for the second factor, too')),
      ],
    },
  ],
  advanced: [
    field('redirect_uris', t('Pages that end the sign-in')),
    field(
      'email_verified_as_text',
      t('Take "true" as a text for a verified address'),
      t('Some providers send it so. Without it, such people are not let in.'),
    ),
  ],
};
