import { contracts } from '#functions/contracts.ts';
import type { Method, Route } from '#contract/endpoint.ts';
import type { Area } from '#contract/resource.ts';
import type { Access } from '#contract/scopes.ts';

/** An endpoint of the product. */
export type InventoryEndpoint = {
  readonly area: Area;
  readonly method: Method;
  readonly path: string;
  readonly route: Route;
  readonly scope: Access;
  /** `list`: answers any number of resources, or searches; `storeless`: reads no store. */
  readonly kind: 'list' | 'storeless' | 'other';
};

/** One or several methods of a path, such as `GET|POST /users/{id}`. */
type Entry = string | { readonly entry: string; readonly kind: 'list' | 'storeless' };

const list = (entry: string): Entry => ({ entry, kind: 'list' });
const storeless = (entry: string): Entry => ({ entry, kind: 'storeless' });

function endpointsOf(area: Area, scope: Access, entry: Entry): InventoryEndpoint[] {
  const { entry: text, kind } = typeof entry === 'string' ? { entry, kind: 'other' as const } : entry;
  const [methods = '', path = ''] = text.split(' ');
  return methods
    .split('|')
    .map((method) => ({ area, method: method as Method, path, route: `${method} ${path}` as Route, scope, kind }));
}

const endpoints = (area: Area, byScope: Partial<Record<Access, readonly Entry[]>>): InventoryEndpoint[] =>
  Object.entries(byScope).flatMap(([scope, entries]) =>
    entries.flatMap((entry) => endpointsOf(area, scope as Access, entry)),
  );

/** A route without the names of its variables, which contracts choose: `GET /siptrunk/{}`. */
export const shapeOf = (route: string): string => route.replace(/\{[^}+]*(\+?)\}/g, '{$1}');

/**
 * The 245 endpoints of the product, independent of the contracts: a missing, unwanted or wrongly scoped endpoint fails
 * a test. Queued searches (SMS logs) are read by a job, not by their endpoint.
 */
export const inventory: readonly InventoryEndpoint[] = [
  ...endpoints('auth', {
    public: [
      'GET|POST /auth/{entity}',
      'GET|POST /auth/salesforce',
      'POST /auth/login',
      'GET /.well-known/jwks.json',
      'GET /.well-known/archive-keys.json',
      'POST /auth/password/forgot',
      'POST /auth/password/reset',
    ],
    any: [
      'DELETE /auth',
      'GET /auth/session',
      'GET /auth/twofactor/secret',
      'GET /auth/twofactor/barcode',
      'POST|DELETE /auth/twofactor',
      'POST /tempauth',
      list('GET /accesskeys'),
      'PUT /accesskeys',
      'DELETE /accesskeys/{id}',
      list('GET /auth/sessions'),
      'DELETE /auth/sessions/{id}',
      'POST /accesskeys/{id}/rotate',
    ],
    'orgs:write': ['PUT /auth/salesforce/{orgId}'],
    'orgs:read': ['GET /auth/salesforce/{orgId}'],
  }),
  ...endpoints('users', {
    'users:read': [
      list('GET /users'),
      'GET /users/{id}',
      list('GET /groups'),
      list('GET /groups/{id}'),
      list('GET /userforeignid/{orgId}/{userId}'),
      'GET /userforeignid/{orgId}/{userId}/{type}',
      'POST /userforeignid/{orgId}',
      'GET /permissions/{entity}',
      list('GET /clientdirectory'),
      'GET /clientdirectory/{entity}',
      list('GET /clientaccess'),
      'GET /clientaccess/{entity}',
      'GET /subscriptions/{entity}/{id}',
    ],
    'users:write': [
      'PUT /users',
      'POST|DELETE /users/{id}',
      'POST /users/{id}/invitation',
      'PUT /groups',
      'POST|DELETE /groups/{id}',
      'PUT /groups/{id}/members',
      'DELETE /groups/{id}/members/{userId}',
      'PUT /userforeignid/{orgId}/{userId}',
      'DELETE /userforeignid/{orgId}/{userId}/{type}',
      'PUT /permissions/{entity}',
      'PUT|POST|DELETE /clientdirectory/{entity}',
      'PUT|POST|DELETE /clientaccess/{entity}',
      'PUT|DELETE /subscriptions/{entity}/{id}',
    ],
    any: ['POST /users/{id}/password'],
  }),
  ...endpoints('orgs', {
    'orgs:read': [list('GET /orgs'), 'GET /orgs/{id}', list('GET /orgips/index'), 'GET /orgips/{entity}'],
    any: ['GET /branding/me'],
    public: ['GET /branding', 'GET /branding/images/{orgId}/{id}'],
    'orgs:write': ['PUT /orgs', 'POST|DELETE /orgs/{id}', 'PUT|POST|DELETE /orgips/{entity}'],
    'telephony:read': [list('GET /domains'), 'GET /domains/{id}'],
    'telephony:write': ['PUT|POST|DELETE /domains/{id}', 'POST /domains/{id}/verify'],
  }),
  ...endpoints('telephony', {
    'telephony:read': [
      list('GET /siptrunk'),
      'GET /siptrunk/{id}',
      list('GET /siptrunkips/{entity}'),
      list('GET /devices'),
      'GET /devices/{id}',
      'GET /devices/mac/{macAddress}',
      'GET /devices/{id}/config',
      list('GET /sipgateways'),
      'GET /sipgateways/{id}',
      list('GET /sipgwping/{entity}'),
      list('POST /numbers/search'),
      'GET /numbers/{id}',
      'GET /numbers/{id}/channels',
      'GET /users/{id}/callhandling',
      'GET /users/{id}/dependents',
      list('GET /mobile'),
      'GET /mobile/{id}',
      'GET /schedules/{id}/at',
      list('GET /extensions'),
      list('GET /callflows'),
      'GET /callflows/{id}',
      'GET /callflows/{id}/dependents',
      'GET /ringgroups/{id}/dependents',
      'GET /schedules/{id}/dependents',
      'POST /callflows/{id}/simulate',
    ],
    'telephony:write': [
      'PUT|POST /siptrunk/{entity}',
      'DELETE /siptrunk/{id}',
      'PUT|POST|DELETE /siptrunkips/{entity}',
      'POST /siptrunkips/{entity}/verify',
      'PUT|POST|DELETE /devices/{entity}',
      'PUT /devices/reboot/{deviceId}',
      'POST /devices/sipnotify/{deviceId}',
      'PUT|POST|DELETE /sipgateways/{id}',
      'POST /sipgwping/{entity}/{param1}/{param2}',
      'PUT|POST|DELETE /numbers/{id}',
      'PUT /numbers/{id}/channels',
      'PUT /users/{id}/callhandling',
      'PUT|POST|DELETE /mobile/{id}',
      'PUT|DELETE /callflows/{id}',
    ],
    any: [storeless('GET /holidays')],
    public: ['GET /provision/{deviceId}/{secret}/{file}'],
  }),
  ...endpoints('dialplan', {
    'dialplan:read': [
      'GET /dialplan/template',
      list('GET /dialplan/policies'),
      'GET /dialplan/policy',
      list('GET /dialplan/history'),
      list('GET /dialplan/historic'),
      list('GET /dialplan/archive'),
      list('GET /dialplan/archived'),
      list('GET /dialplan/groups'),
      list('GET /dialplan/search'),
      list('GET /dialplan/dependencies'),
      'POST /dialplan/evaluate',
      'POST /dialplan/evaluate/batch',
      'POST /dialplan/freeswitch',
    ],
    'dialplan:write': ['PUT /dialplan/template', 'PUT|POST|DELETE /dialplan/policy', 'POST /dialplan/policy/restore'],
  }),
  ...endpoints('billing', {
    'billing:read': [
      'GET /billingprofile',
      'GET /billingprofile/{id}',
      list('GET /billing-accounts'),
      list('GET /tariffs'),
      list('GET /tariffs/{id}'),
      'GET /rates/lookup/{number}',
      list('GET /profit/numbers'),
      list('GET /billingprofile/{id}/ledger'),
    ],
    'billing:write': [
      'PUT /billingprofile/{id}',
      'POST /billingprofile/{id}/credit',
      'PUT|DELETE /tariffs/{id}',
      'POST /tariffs/{id}/rates',
    ],
    'cdr:write': ['POST /cdr/{index}', 'PUT|POST /cdrmunch/task'],
    'cdr:read': [
      list('GET /cdr'),
      'GET /cdr/{id}',
      'POST /cdr/export',
      'GET /cdrmunch/task/{id}',
      'GET /cdr/export/{jobId}',
      list('GET /cdrmunch/task'),
    ],
  }),
  ...endpoints('messaging', {
    public: ['GET /email/confirm', 'POST /email/confirm'],
    'messaging:write': [
      'PUT /sms',
      'PUT /email',
      'PUT|DELETE /emailtemplates/{id}',
      'POST /smslogs/push',
      'PUT /voicemail/{mailbox}',
      'POST|DELETE /voicemail/{id}',
      'PUT /voicemailprefs/{mailbox}',
      'PUT /voicemailprefs/{mailbox}/greetings/{use}',
      'PUT|DELETE /voicemaildrop/{id}',
      'DELETE /sms/{id}',
      'PUT|DELETE /smsoptouts/{number}',
      'DELETE /emailsuppressions/{address}',
    ],
    'messaging:read': [
      list('GET /sms'),
      'GET /sms/{id}',
      list('GET /email'),
      'GET /email/{id}',
      list('GET /emailtemplates'),
      'GET /emailtemplates/{id}',
      'POST /smslogs/search',
      'POST /smslogs/download',
      list('GET /voicemail'),
      'GET /voicemail/{id}',
      list('GET /voicemailprefs'),
      'GET /voicemailprefs/{mailbox}',
      'GET /voicemailprefs/{mailbox}/greetings/{use}',
      list('GET /voicemaildrop'),
      'GET /voicemaildrop/{id}',
      list('GET /smsoptouts'),
      list('GET /emailsuppressions'),
    ],
  }),
  ...endpoints('system', {
    'events:write': ['PUT /eventlog/{orgId}', 'POST /logs/{entity+}', 'PUT /events/{entity+}'],
    'system:read': [
      'GET /eventlog/{orgId}/{eventLogId}',
      list('POST /eventlog/{orgId}'),
      list('GET /logs/{entity+}'),
      list('GET /events/{entity+}'),
      list('GET /webhooks'),
      list('GET /webhooks/{id}'),
      list('GET /archiving/policies'),
      'GET /archiving/policies/{id}',
      'GET /archiving/provisioning',
      list('GET /archiving/legalholds'),
      list('GET /dataconnector'),
      'GET /dataconnector/{id}',
      'GET /sequence/{name}',
      'GET /bespoke/queuemon',
      'GET /bespoke/notifier',
    ],
    'system:write': [
      'PUT|DELETE /webhooks/{id}',
      'POST /webhooks/{id}/test',
      'POST /webhooks/{id}/redeliver',
      'PUT|DELETE /archiving/policies/{id}',
      'PUT /archiving/provisioning',
      'PUT|DELETE /archiving/legalholds/{id}',
      'POST /archiving/purge',
      'PUT /archiving/store/smsexport',
      'PUT|DELETE /dataconnector/{id}',
      'POST /dataconnector/{id}/test',
      'PUT|POST|DELETE /sequence/{name}',
      'PUT /bespoke/queuemon',
      'PUT /bespoke/notifier',
    ],
    'files:read': [list('GET /files'), 'GET /files/{id}'],
    'files:write': ['PUT|DELETE /files/{id}'],
    any: [storeless('GET /qrcode/{text+}')],
    public: [
      storeless('ANY /errors'),
      storeless('GET /documentation'),
      storeless('GET /documentation/redoc'),
      storeless('GET /documentation/swagger'),
      storeless('GET /openapi.json'),
      'GET /health',
    ],
  }),
  ...endpoints('calls', {
    'calls:write': [
      'POST /Calls',
      'POST /Calls/{callId}/actions',
      'DELETE /Calls/{callId}',
      'POST /Phones',
      'DELETE /Phones/{username}',
    ],
    'calls:read': [
      'GET /Calls/{callId}',
      'GET /Calls/{callId}/trace',
      list('GET /Calls/history'),
      list('GET /Calls/customer/{customerId}/history'),
      list('GET /Phones'),
      'GET /Phones/{username}',
      list('GET /Calls'),
    ],
  }),
];

/** The endpoints of stored resources, which follow from their declarations: list, get, save and delete. */
const ofStored = contracts.flatMap((contract) =>
  contract.kind !== 'resource' || contract.stored === undefined
    ? []
    : contract.stored.endpoints.map(({ method, path, route, scope }, at): InventoryEndpoint => {
        return { area: contract.area, method, path, route, scope, kind: at === 0 ? 'list' : 'other' };
      }),
);

/**
 * Further endpoints: the console, scripts and style sheets of the pages, which load nothing from other hosts, the
 * address of the dial-plan simulator, the browser phone, the usage of today, the summary of an organization, and stored
 * resources beyond the product.
 */
export const additions: readonly InventoryEndpoint[] = [
  ...endpoints('system', {
    public: [
      storeless('GET /'),
      storeless('GET /console/{file}'),
      storeless('GET /documentation/assets/{file}'),
      storeless('GET /documentation/simulator'),
      storeless('GET /documentation/phone'),
    ],
    any: ['GET /summary'],
  }),
  ...endpoints('telephony', {
    public: ['GET /stir/{file}'],
    'telephony:read': [list('GET /stir/certificates'), 'GET /stir/certificates/{id}'],
    'telephony:write': ['PUT|DELETE /stir/certificates/{id}'],
    'system:read': ['GET /stir/authorities'],
    'system:write': ['PUT /stir/authorities'],
  }),
  ...endpoints('billing', { 'cdr:read': ['GET /usage'], 'billing:read': ['POST /cdr/mappings/{id}/test'] }),
  ...ofStored.filter(({ route }) => !inventory.some((each) => shapeOf(each.route) === shapeOf(route))),
];
