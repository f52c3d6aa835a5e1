import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, readsSecret, records, reports, rotatesSecret, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { voipbinFormat } from '#contract/voipbin.ts';
import { scopes } from '#contract/scopes.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, Timestamp } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { LogInFields, SimpleLogIn, logInErrors } from './log-in.ts';

const Entity = z
  .string()
  .max(64)
  .describe(
    'Kind of account: `user`, `admin`, or `service` (synonyms `api`, `system`). `admin` needs the role ' +
      'operator, reseller or admin (403 `NOT_ADMIN`)',
  )
  .meta({ examples: ['user', 'admin', 'service', 'api', 'system'] });

const UserToken = z
  .object({
    token: z.string().describe('Session token (JWT, ES256)'),
    expires_at: Timestamp.describe('End of the token'),
    token_type: z.literal('Bearer').describe('How the token is sent: `Authorization: Bearer`'),
    entity: z
      .object({
        id: z.string().describe('Id of the user'),
        type: z.literal('user').describe('Kind of account'),
        org_id: z.int().describe('Organization of the user'),
      })
      .describe('The account that logged in'),
    password_change_required: z
      .boolean()
      .describe('The token works only for changing the password, reading the session and logging out'),
  })
  .meta({ id: 'UserToken' });

const ServiceToken = z
  .object({
    access_token: z.string().describe('Session token (JWT, ES256)'),
    token_type: z.literal('Bearer').describe('How the token is sent: `Authorization: Bearer`'),
    expires_in: z.int().describe('Time to live in seconds'),
    scope: z.string().describe('Scopes of the token, separated by commas'),
    service: z
      .object({
        client_id: z.string().describe('`client_id` of the service account'),
        name: z.string().describe('Display name of the service account'),
      })
      .describe('The account that logged in'),
  })
  .meta({ id: 'ServiceToken' });

const PendingLogIn = z
  .object({
    status: z.literal('pending').describe('The log-in waits'),
    success: z.literal(true).describe('The password is right'),
    requires_2fa: z.literal(true).describe('A code of the second factor is required'),
    requires_2fa_setup: z
      .literal(true)
      .optional()
      .describe('The organization requires a second factor, and the user must set it up first'),
    session_token: z.string().describe('Token of the waiting log-in (`2fa_…`)'),
    expires_in: z.int().describe('Seconds for which the log-in waits'),
  })
  .meta({ id: 'PendingLogIn' });

/** The first log-in creates the operator, its administrator and the first signing key. */
const firstStart = [
  readsSecret('operator-admin'),
  rotatesSecret('signing-keys'),
  writes('signingkey'),
  writes('organization'),
  unique('organization-name'),
  unique('organization-alias'),
  writes('counter'),
  writes('billingprofile'),
  writes('due'),
  writes('count'),
  unique('username'),
  unique('user-email'),
  unique('user-extension'),
  writes('directory'),
  writes('directory-word'),
  writes('role'),
  records('org.created'),
  records('user.created'),
] as const;

/** What all log-ins have in common. */
const anyLogIn = {
  scope: 'public',
  rate: 'login',
  nullIsAbsent: true,
  answers: { 200: z.union([UserToken, ServiceToken]) },
  errors: [
    'AMBIGUOUS_CREDENTIALS',
    'INVALID_CREDENTIALS',
    'ACCOUNT_LOCKED',
    'NOT_ADMIN',
    'ACCOUNT_DISABLED',
    'IP_NOT_ALLOWED',
    'OUTSIDE_HOURS',
    'CLIENT_NOT_ALLOWED',
    'SCOPE_NOT_PERMITTED',
    'UNKNOWN_ENTITY',
    'UNSUPPORTED_GRANT_TYPE',
    'INVALID_TOTP_CODE',
  ],
  actsOn: 'self',
  effects: [
    ...firstStart,
    writes('user-client'),
    reads('group'),
    reads('role'),
    writes('user'),
    writes('credential'),
    rotatesSecret('sealing-keys'),
    writes('challenge'),
    writes('lockout'),
    writes('session'),
    records('auth.login'),
    records('auth.2fa.recovery_used'),
    records('auth.login_failed'),
    records('auth.locked'),
    reports('user.locked'),
    reports('user.unlocked'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
} as const;

export const getToken = endpoint('GET /auth/{entity}', {
  ...anyLogIn,
  alsoAnswers: raw(['application/json'], PendingLogIn),
  id: 'getToken',
  summary: 'Log in by GET (deprecated: use POST)',
  description:
    'Takes the fields as query, JSON body or Basic authentication. Infrastructure between client and platform ' +
    'may drop the body of a GET or log its query: use POST. Answers have `Deprecation` and `Link` headers.',
  params: { entity: Entity },
  query: LogInFields.shape,
  body: LogInFields,
  writesOnGet: 'session',
  deprecated: { since: 1_704_067_200, successor: '/auth/user' },
});

export const createToken = endpoint('POST /auth/{entity}', {
  ...anyLogIn,
  alsoAnswers: raw(['application/json'], PendingLogIn),
  id: 'createToken',
  summary: 'Log in',
  description:
    'Takes the fields as JSON, form or Basic authentication. A user sends `username` and `password`, a ' +
    'service account `client_id` and `client_secret`.\n\n' +
    'A user with a second factor adds `totp_code` or `recovery_code`, at once or with the `session_token` of ' +
    'the pending log-in. A pending log-in lives 300 seconds and ends after 5 wrong codes.\n\n' +
    'Unknown names and wrong secrets get the same answer, after the same time. The answer names the state or ' +
    'a limit of the account only after the right secret. An address may log in 30 times a minute.',
  params: { entity: Entity },
  body: LogInFields,
  bodyForms: ['form'],
});

const SimpleToken = z.object({
  token: z.string().describe('Session token (JWT, ES256)'),
  username: z.string().describe('Username, folded to lower case'),
});

export const logIn = endpoint('POST /auth/login', {
  ...anyLogIn,
  id: 'logIn',
  summary: 'Log in with username and password',
  description: 'The token lives 7 days, or the shorter `session_ttl_max` of the organization.',
  ...voipbinFormat,
  body: SimpleLogIn,
  answers: { 200: SimpleToken },
  errors: [
    'INVALID_CREDENTIALS',
    'ACCOUNT_LOCKED',
    'ACCOUNT_DISABLED',
    'IP_NOT_ALLOWED',
    'OUTSIDE_HOURS',
    'INVALID_TOTP_CODE',
    'TWO_FACTOR_REQUIRED',
    'AMBIGUOUS_CREDENTIALS',
  ],
});

const LogOut = z
  .object({
    logged_out_at: Timestamp.describe('Time of the log-out'),
    sessions_terminated: z.int().describe('Number of sessions that ended; 0 for a temporary token'),
  })
  .meta({ id: 'LogOut' });

export const logOut = endpoint('DELETE /auth', {
  id: 'logOut',
  summary: 'Log out',
  description:
    'Ends the session of the token. A temporary token ends itself. An access key needs `all_sessions=true`. ' +
    'Access keys stay valid.',
  scope: 'any',
  acceptsTemporary: true,
  query: { all_sessions: flag.optional().describe("`true` ends all of the user's sessions") },
  answers: { 200: LogOut },
  errors: ['NOT_A_SESSION'],
  actsOn: 'self',
  effects: [writes('session'), writes('user'), writes('temptoken'), records('auth.logout')],
  cacheControl: 'no-store',
  whilePasswordExpired: true,
  whileSuspended: true,
});

const Session = z
  .object({
    sub: z.string().describe('Id of the user or service account'),
    type: z.enum(['user', 'service']).describe('Kind of account'),
    credential: z.enum(['session', 'accesskey', 'temporary']).describe('Kind of credential that the request carries'),
    username: z.string().describe('Username, or name of the service account'),
    language: z.string().describe('Language of the account (BCP 47); `en` if none was chosen'),
    org_id: z.string().describe('Organization of the account'),
    organization: z
      .object({
        name: z.string().describe('Name'),
        type: z.enum(['operator', 'reseller', 'customer']).describe('Kind'),
        country: z.string().describe('Country (ISO 3166-1 alpha-2)'),
        timezone: z.string().describe('Time zone (IANA)'),
      })
      .describe('Names and time zone of the organization, for clients to show'),
    reach: z
      .enum(['own', 'children', 'all'])
      .describe('Organizations within reach: its own, also those it sells to, or all'),
    roles: z.array(z.string()).describe('Roles held directly; those of groups are not listed'),
    scopes: z.array(z.enum(scopes)).describe('Effective scopes'),
    own_only: z.array(z.enum(scopes)).describe("Scopes that cover only the caller's own records"),
    session_id: z.string().nullable().describe('Id of the session; null for other credentials'),
    expires_at: Timestamp.describe('End of the credential'),
    two_factor: z.boolean().describe('Whether the account has a second factor'),
    password_change_required: z.boolean().describe('Whether the password must be changed first'),
  })
  .meta({ id: 'Session' });

export const getSession = endpoint('GET /auth/session', {
  id: 'getSession',
  summary: "Get the caller's identity and rights",
  scope: 'any',
  acceptsTemporary: true,
  format: 'standard',
  answers: { 200: Session },
  errors: [],
  effects: [reads('organization'), reads('user')],
  cacheControl: 'no-store',
  whilePasswordExpired: true,
  whileSuspended: true,
});

const LiveSession = z
  .object({
    id: z.string().describe('Id of the session'),
    client: z.enum(['web', 'mobile', 'api']).describe('Kind of client that the log-in stated'),
    ip: z.string().describe('Address of the log-in'),
    user_agent: z.string().describe('User agent of the log-in'),
    created_at: Timestamp.describe('Time of the log-in'),
    last_seen_at: Timestamp.describe('Time of the last use, precise to one hour'),
    expires_at: Timestamp.describe('End of the session'),
    current: z.boolean().describe('Whether this request uses it'),
  })
  .meta({ id: 'LiveSession' });

export const listSessions = endpoint('GET /auth/sessions', {
  id: 'listSessions',
  summary: "List the caller's live sessions",
  scope: 'any',
  format: 'standard',
  query: pageQuery,
  answers: { 200: listOf(LiveSession) },
  errors: [],
  effects: [reads('session'), reads('user'), reads('credential-use')],
  cacheControl: 'no-store',
});

export const deleteSession = endpoint('DELETE /auth/sessions/{id}', {
  id: 'deleteSession',
  summary: "End one of the caller's sessions",
  description: 'Takes effect with the next request.',
  scope: 'any',
  unversioned: true,
  format: 'standard',
  params: { id: IdInUrl.describe('Id of the session') },
  answers: { 200: Deletion },
  errors: [],
  actsOn: 'self',
  effects: [writes('session'), reads('user'), records('auth.logout')],
  cacheControl: 'no-store',
});

/** Hashing a password needs one whole vCPU, which a Lambda has from 1,769 MB on (AWS Lambda, "Configure memory"). */
const oneProcessor = 1_769;

export const auth = resource('auth', {
  area: 'auth',
  format: 'reference',
  memory: oneProcessor,
  reserved: true,
  errors: { ...logInErrors, ...accountsErrors },
  endpoints: [getToken, createToken, logIn, logOut, getSession, listSessions, deleteSession],
  examples,
  cascades: [cascadeAfter('user.deleted', [writes('session')])],
});
