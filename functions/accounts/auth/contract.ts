import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, readsSecret, records, rotatesSecret, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { scopes } from '../../../shared/contract/scopes.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { Deletion, IdInUrl, Timestamp } from '../../../shared/schema/values.ts';
import { LogInFields, SimpleLogIn } from './log-in.ts';

const Entity = z
  .string()
  .max(64)
  .meta({ examples: ['user', 'admin', 'service', 'api', 'system'] });

const UserToken = z
  .object({
    token: z.string(),
    expires_at: Timestamp,
    token_type: z.literal('Bearer'),
    entity: z.object({ id: z.string(), type: z.literal('user'), org_id: z.int() }),
    password_change_required: z.boolean(),
  })
  .meta({ id: 'UserToken' });

const ServiceToken = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
    scope: z.string(),
    service: z.object({ client_id: z.string(), name: z.string() }),
  })
  .meta({ id: 'ServiceToken' });

/** The first log-in ever makes the operator, its administrator and the first signing key. */
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
  writes('role'),
  records('org.created'),
  records('user.created'),
] as const;

const logIn = {
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
    'CLIENT_NOT_ALLOWED',
    'SCOPE_NOT_PERMITTED',
    'UNKNOWN_ENTITY',
    'UNSUPPORTED_GRANT_TYPE',
    'NOT_YET_SUPPORTED',
  ],
  effects: [
    ...firstStart,
    writes('user-client'),
    reads('group'),
    reads('role'),
    writes('user'),
    writes('credential'),
    writes('lockout'),
    writes('session'),
    records('auth.login'),
    records('auth.login_failed'),
    records('auth.locked'),
    records('user.locked'),
    records('user.unlocked'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
} as const;

export const getToken = endpoint('GET /auth/{entity}', {
  ...logIn,
  summary: 'Log in (seed 000; prefer POST)',
  description:
    'Fields come as query, JSON body or Basic. Infrastructure between client and platform may drop the body of a GET or keep its query: use POST.',
  params: { entity: Entity },
  query: LogInFields.shape,
  body: LogInFields,
  writesOnGet: 'seed 000 logs in by GET; POST is its successor',
  deprecated: { since: 1_704_067_200, successor: '/auth/user' },
});

export const postToken = endpoint('POST /auth/{entity}', {
  ...logIn,
  summary: 'Log in',
  description:
    'Fields come as JSON, form or Basic. A user gives `username` and `password`, a service account `client_id` and `client_secret`.',
  params: { entity: Entity },
  body: LogInFields,
  bodyForms: ['form'],
});

export const postLogIn = endpoint('POST /auth/login', {
  ...logIn,
  summary: 'Log in (seed 002)',
  description: 'The token lives 7 days, or as long as the organization lets sessions live.',
  format: 'voipbin',
  brokenRule: 400,
  body: SimpleLogIn,
  answers: { 200: z.object({ token: z.string(), username: z.string() }) },
  errors: ['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED', 'ACCOUNT_DISABLED', 'IP_NOT_ALLOWED', 'NOT_YET_SUPPORTED'],
});

const LogOut = z.object({ logged_out_at: Timestamp, sessions_terminated: z.int() }).meta({ id: 'LogOut' });

export const deleteToken = endpoint('DELETE /auth', {
  summary: 'Log out',
  scope: 'any',
  query: { all_sessions: flag.optional() },
  answers: { 200: LogOut },
  errors: ['NOT_A_SESSION'],
  effects: [writes('session'), writes('user'), records('auth.logout')],
  cacheControl: 'no-store',
  whilePasswordExpired: true,
  whileSuspended: true,
});

const Session = z
  .object({
    sub: z.string(),
    type: z.enum(['user', 'service']),
    credential: z.enum(['session', 'accesskey', 'temporary']),
    username: z.string(),
    org_id: z.string(),
    reach: z.enum(['own', 'children', 'all']),
    roles: z.array(z.string()),
    scopes: z.array(z.enum(scopes)),
    own_only: z.array(z.enum(scopes)),
    session_id: z.string().nullable(),
    expires_at: Timestamp,
    two_factor: z.boolean(),
    password_change_required: z.boolean(),
  })
  .meta({ id: 'Session' });

export const getSession = endpoint('GET /auth/session', {
  summary: 'Who is calling, and with which rights',
  scope: 'any',
  format: 'standard',
  answers: { 200: Session },
  errors: [],
  effects: [],
  cacheControl: 'no-store',
  whilePasswordExpired: true,
  whileSuspended: true,
});

const LiveSession = z
  .object({
    id: z.string(),
    client: z.enum(['web', 'mobile', 'api']),
    ip: z.string(),
    user_agent: z.string(),
    created_at: Timestamp,
    last_seen_at: Timestamp.meta({ description: 'Moves at most hourly' }),
    expires_at: Timestamp,
    current: z.boolean(),
  })
  .meta({ id: 'LiveSession' });

export const listSessions = endpoint('GET /auth/sessions', {
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
  summary: "End one of the caller's sessions",
  scope: 'any',
  format: 'standard',
  params: { id: IdInUrl },
  answers: { 200: Deletion },
  errors: [],
  effects: [writes('session'), reads('user'), records('auth.logout')],
  cacheControl: 'no-store',
});

/** A password is hashed at the speed of one whole processor, which a Lambda has from 1,769 MiB on. */
const wholeProcessor = 1_769;

export const auth = resource('auth', {
  area: 'auth',
  format: 'reference',
  memory: wholeProcessor,
  endpoints: [getToken, postToken, postLogIn, deleteToken, getSession, listSessions, deleteSession],
  cascades: [after('user.deleted', [writes('session')])],
});
