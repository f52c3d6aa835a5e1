import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { callsOut, reads, records, rotatesSecret, unique, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { savesUser } from '#contract/user-effects.ts';
import { OrganizationId, OrganizationInUrl, Timestamp } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { singleSignOnErrors } from './errors.ts';
import { examples } from './examples.ts';
import { PresentedSetUp, SalesforceChange } from './set-up.ts';

const params = { orgId: OrganizationInUrl };

export const setSalesforce = endpoint('PUT /auth/salesforce/{orgId}', {
  id: 'setSalesforce',
  summary: 'Set up log-ins by Salesforce',
  description:
    'Absent fields stay as they are. `auto_link` needs the rights of an administrator, `default_role` all that the ' +
    'role has.',
  scope: 'orgs:write',
  unversioned: true,
  params,
  orgFromPath: 'orgId',
  body: SalesforceChange,
  answers: { 200: PresentedSetUp, 201: PresentedSetUp },
  errors: ['CANNOT_GRANT', 'UNKNOWN_ROLE'],
  actsOn: 'everyone',
  effects: [
    writes('salesforce'),
    writes('credential'),
    reads('role'),
    rotatesSecret('sealing-keys'),
    records('auth.sso.configured'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
});

export const getSalesforce = endpoint('GET /auth/salesforce/{orgId}', {
  id: 'getSalesforce',
  summary: 'Get the set-up of log-ins by Salesforce',
  scope: 'orgs:read',
  params,
  orgFromPath: 'orgId',
  answers: { 200: PresentedSetUp },
  errors: ['SSO_NOT_CONFIGURED'],
  effects: [reads('salesforce')],
  cacheControl: 'no-store',
});

const StartedLogIn = z
  .object({
    authorization_url: z.string().describe('Page of Salesforce to which the browser goes'),
    state: z.string().describe('Value that Salesforce sends back to the page with the code'),
    expires_in: z.int().describe('Seconds for which the log-in waits'),
  })
  .meta({
    id: 'StartedSalesforceLogIn',
    example: {
      authorization_url: 'https://acme.my.salesforce.com/services/oauth2/authorize?response_type=code&client_id=3MVG9',
      state: 'xyz123',
      expires_in: 300,
    },
  });

const redirectUri = z.string().max(1_024).describe('Page that takes the code, one of the set-up');
const state = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{6,512}$/, 'must have 6 to 512 letters, digits, `.`, `_`, `~` or `-`')
  .describe('Random value of the client, for one log-in');

export const startSalesforceLogIn = endpoint('GET /auth/salesforce', {
  id: 'startSalesforceLogIn',
  summary: 'Begin a log-in by Salesforce',
  description: 'OpenID Connect code flow with PKCE. The log-in waits for 300 seconds and is finished once.',
  scope: 'public',
  rate: 'login',
  query: {
    org_id: OrganizationId.describe('Organization of the user'),
    redirect_uri: redirectUri.optional().describe('Page that takes the code; default: the first of the set-up'),
    state: state
      .optional()
      .describe('Random value of the client, which no other waiting log-in has; default: one of the platform'),
  },
  answers: { 200: StartedLogIn },
  errors: ['SSO_NOT_CONFIGURED', 'STATE_IN_USE', 'REDIRECT_URI_NOT_ALLOWED', 'SALESFORCE_UNAVAILABLE'],
  effects: [
    reads('organization'),
    reads('salesforce'),
    reads('credential'),
    writes('oauthstate'),
    rotatesSecret('sealing-keys'),
    callsOut(),
  ],
  // The platform stores the secrets of the flow.
  writesOnGet: 'single_sign_on',
  cacheControl: 'no-store',
});

const FinishedLogIn = z
  .object({
    token: z.string().describe('Session token (JWT, ES256)'),
    token_type: z.literal('Bearer').describe('How the token is sent: `Authorization: Bearer`'),
    expires_at: Timestamp.describe('End of the token'),
    user: z
      .object({
        id: z.string().describe('Id of the user'),
        email: z.string().nullable().describe('E-mail address of the user'),
        org_id: z.int().describe('Organization of the user'),
        salesforce_user_id: z.string().describe('Id of the Salesforce user, in its form of 18 characters'),
      })
      .describe('The user that logged in'),
    salesforce: z
      .object({
        instance_url: z.string().nullable().describe('Where the API of Salesforce is'),
        access_token: z.string().describe('Token of Salesforce, which is passed on and not stored'),
      })
      .describe('Answer of Salesforce'),
  })
  .meta({
    id: 'FinishedSalesforceLogIn',
    example: {
      token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl',
      token_type: 'Bearer',
      expires_at: '2026-01-31T12:00:00.000Z',
      user: {
        id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
        email: 'ann@example.com',
        org_id: 1001,
        salesforce_user_id: '0055g00000A1b2CAAR',
      },
      salesforce: { instance_url: 'https://acme.my.salesforce.com', access_token: '00D5g000004!AQ4AQ' },
    },
  });

const PendingSalesforceLogIn = z
  .object({
    status: z.literal('pending').describe('The log-in waits'),
    success: z.literal(true).describe('Salesforce has identified the user'),
    requires_2fa: z.literal(true).describe('A code of the second factor is required'),
    requires_2fa_setup: z.literal(true).optional().describe('The user must set up a second factor first'),
    session_token: z.string().describe('Token of the waiting log-in (`2fa_…`); `POST /auth/user` continues it'),
    expires_in: z.int().describe('Seconds for which the log-in waits'),
  })
  .meta({
    id: 'PendingSalesforceLogIn',
    example: {
      status: 'pending',
      success: true,
      requires_2fa: true,
      session_token: '2fa_mB2T8w0dYp3vLqXz7RkJ1nC5sGfHu9eAoVi4tKxW6Zc',
      expires_in: 300,
    },
  });

export const finishSalesforceLogIn = endpoint('POST /auth/salesforce', {
  id: 'finishSalesforceLogIn',
  summary: 'Finish a log-in by Salesforce',
  description:
    'Redeems the code, once. The platform checks signature (RS256), issuer, audience, expiry and nonce of the ' +
    'ID token.\n\n' +
    'The user is the one with the foreign id `salesforce`. Without one, the set-up decides whether the ' +
    'verified address links a user (`auto_link`) or makes one (`auto_provision`).\n\n' +
    'Hours, addresses and `web` access of the user apply. The session needs no new password, even if that is ' +
    'due: the next log-in by password asks for it.',
  scope: 'public',
  rate: 'login',
  body: z
    .object({
      org_id: OrganizationId.describe('Organization of the log-in'),
      code: z.string().min(1).max(2_048).describe('Code that Salesforce gave to the page'),
      redirect_uri: redirectUri,
      state,
      iss: z.string().max(512).optional().describe('Issuer, if Salesforce gave it with the code (RFC 9207)'),
    })
    .meta({ id: 'SalesforceCode' }),
  answers: { 200: FinishedLogIn },
  alsoAnswers: raw(['application/json'], PendingSalesforceLogIn),
  errors: [
    'INVALID_CODE',
    'INVALID_ID_TOKEN',
    'SSO_USER_NOT_PERMITTED',
    'IP_NOT_ALLOWED',
    'OUTSIDE_HOURS',
    'CLIENT_NOT_ALLOWED',
    'SSO_NOT_CONFIGURED',
    'STATE_MISMATCH',
    'LIMIT_EXCEEDED',
    'SALESFORCE_UNAVAILABLE',
  ],
  actsOn: 'self',
  effects: [
    reads('organization'),
    reads('salesforce'),
    reads('credential'),
    reads('group'),
    writes('oauthstate'),
    ...savesUser,
    writes('role'),
    writes('count'),
    writes('foreignid'),
    unique('foreignid-value'),
    writes('session'),
    writes('challenge'),
    writes('signingkey'),
    rotatesSecret('sealing-keys'),
    rotatesSecret('signing-keys'),
    callsOut(),
    records('auth.login'),
    records('auth.login_failed'),
    records('auth.sso.linked'),
    records('user.created'),
    records('user.foreignid.set'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
});

export const singleSignOn = resource('single-sign-on', {
  area: 'auth',
  format: 'reference',
  errors: { ...singleSignOnErrors, ...accountsErrors },
  endpoints: [setSalesforce, getSalesforce, startSalesforceLogIn, finishSalesforceLogIn],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('salesforce'), writes('credential')])],
});
