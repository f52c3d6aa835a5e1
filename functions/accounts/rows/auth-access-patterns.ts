import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

const logIn = ['GET|POST /auth/{entity}', 'POST /auth/login'] as const;
const twoFactor = ['GET /auth/twofactor/secret', 'GET /auth/twofactor/barcode', 'POST|DELETE /auth/twofactor'] as const;
const newPassword = ['POST /users/{id}/password', 'POST /auth/password/reset'] as const;
const salesforce = ['GET|POST /auth/salesforce'] as const;

/** Credentials and sessions, and the look-ups before the organization is known. */
export const auth = {
  session: {
    keeps: 'a live session',
    table: { partition: 'session#<org>#<user>', sort: '<session>' },
    reads: [
      get(['pipeline', 'GET /auth/session', 'DELETE /auth', 'DELETE /auth/sessions/{id}']),
      query('table', ['GET /auth/sessions'], { order: 'newest first' }),
      query('table', [...logIn, 'DELETE /auth', 'GET|PUT|POST /clientaccess/{entity}', ...newPassword], {
        order: 'oldest first',
        note: 'the oldest ends beyond maxSessions; counts',
      }),
    ],
  },
  'credential-use': {
    keeps:
      'the hour of the last use of a session or access key; an entity of its own, as every function writes it and ' +
      'only a few may write credentials',
    table: { partition: 'credential-use#<org>#<user>', sort: '<session> | <id>' },
    writes: 'at most hourly for each credential',
    reads: [get(['pipeline', 'GET /accesskeys', 'GET /auth/sessions', 'POST /accesskeys/{id}/rotate'])],
  },
  credential: {
    keeps:
      'secrets that only a few functions may read: hashes, TOTP and recovery codes, PINs, secrets of trunks, ' +
      'gateways, webhooks, connectors, Salesforce',
    table: { partition: 'credential#<org>', sort: '<user> | <resource>' },
    writes: 'with its owner, in one transaction',
    reads: [
      get([
        ...logIn,
        ...twoFactor,
        ...salesforce,
        'GET|PUT /auth/salesforce/{orgId}',
        'POST /users/{id}/password',
        'POST /auth/password/reset',
        'PUT|POST /clientaccess/{entity}',
        'GET /devices/{id}/config',
        'GET /provision/{deviceId}/{secret}/{file}',
        'PUT|POST /siptrunk/{id}',
        'PUT|POST /sipgateways/{id}',
        'PUT /voicemailprefs/{mailbox}',
        'PUT /webhooks/{id}',
        'POST /webhooks/{id}/test',
        'PUT /dataconnector/{id}',
        'POST /dataconnector/{id}/test',
        'jobs',
        'sidecar',
        'webhook-deliver',
      ]),
    ],
  },
  lockout: {
    keeps: 'failed log-ins of a username, known or unknown, from anywhere and from one network',
    table: { partition: 'lockout#<username>', sort: 'lockout | network#<network>' },
    reads: [
      get([
        ...logIn,
        ...twoFactor,
        'POST /users/{id}/password',
        'POST /auth/password/reset',
        'GET|PUT|POST /clientaccess/{entity}',
      ]),
    ],
  },
  challenge: {
    keeps: 'a log-in that waits for its second factor (`2fa_…`), for 5 minutes',
    table: { partition: 'challenge#<hash>', sort: 'challenge' },
    reads: [get([...logIn, ...twoFactor])],
  },
  temptoken: {
    keeps: 'a temporary token, by its hash',
    table: { partition: 'temptoken#<hash>', sort: 'token' },
    GSI1: { partition: 'temptoken#<org>#<user>', sort: '<expiry>#<hash>' },
    reads: [
      get(['pipeline', 'DELETE /auth']),
      query('GSI1', ['POST /tempauth'], {
        serves: 'still live',
        order: 'by expiry',
        note: 'counts up to 1,000; if there are as many, reads them to leave out those that were used',
      }),
    ],
  },
  'temptoken-use': {
    keeps: 'the use of a single-use temporary token; an entity of its own, as every function writes it',
    table: { partition: 'temptoken-use#<hash>', sort: 'use' },
    writes: 'once, at authentication, under the condition that there is none',
    reads: [get(['POST /tempauth'], 'those of a caller with 1,000 tokens')],
  },
  accesskey: {
    keeps: 'an access key, with the hash of its secret',
    table: { partition: 'accesskey#<id>', sort: 'key' },
    GSI1: { partition: 'accesskey#<org>#<user>', sort: '<id>' },
    reads: [
      get(['pipeline', 'DELETE /accesskeys/{id}', 'POST /accesskeys/{id}/rotate']),
      query('GSI1', ['GET /accesskeys'], { serves: 'user_id', order: 'newest first', note: 'at most 25' }),
    ],
  },
  'accesskey-name': {
    keeps: "a name that one of a user's keys has",
    table: { partition: 'accesskey-name#<org>#<user>', sort: '<label>' },
    reads: [query('table', ['PUT /accesskeys'], { note: 'at most 25 live ones, read strongly consistent' })],
  },
  passwordreset: {
    keeps: 'a live reset token, by its hash; the credential lists the up to 3 live ones of its user',
    table: { partition: 'passwordreset#<hash>', sort: 'reset' },
    reads: [get(['POST /auth/password/reset'])],
  },
  signingkey: {
    keeps: 'a public signing key',
    table: { partition: 'signingkey#platform', sort: '<generation>' },
    unsharded: 'one key in 90 days, cached by every process',
    reads: [query('table', ['pipeline', 'GET /.well-known/jwks.json', ...logIn], { order: 'newest first' })],
  },
  username: {
    keeps: 'the user behind a username',
    table: { partition: 'username#<username>', sort: 'username' },
    writes: 'with its user, in one transaction',
    reads: [get([...logIn, 'PUT /users', 'POST /users/{id}', 'PUT /orgs', 'jobs'])],
  },
  'user-client': {
    keeps: 'the service account behind a client_id',
    table: { partition: 'user-client#<client>', sort: 'client' },
    writes: 'with its service account, in one transaction',
    reads: [get([...logIn, 'PUT /users'])],
  },
  salesforce: {
    keeps: "an organization's Salesforce set-up",
    table: { partition: 'salesforce#<org>', sort: 'salesforce' },
    reads: [get([...salesforce, 'GET|PUT /auth/salesforce/{orgId}'])],
  },
  oauthstate: {
    keeps: 'a started Salesforce log-in, for 300 s; deleted when used',
    table: { partition: 'oauthstate#<hash>', sort: 'state' },
    reads: [get([...salesforce])],
  },
} as const satisfies SomeLayouts;
