import * as z from 'zod';
import type { DataConnector, Secrets } from './data-connector.ts';

/** The requests by which a connection over HTTP is tried, by the documents of each system. */

export type ServiceRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Where tokens come from that are not issued by the server itself. */
export type SignInSettings = {
  /** Of the Microsoft identity platform, without a slash at its end. */
  readonly microsoftLogin: string;
};

const accept = { accept: 'application/json', 'user-agent': 'Trunkline-Connectors/1' } as const;

/** The token endpoint of a connector; undefined if it has a credential that needs none. */
export function tokenUrlOf(connector: DataConnector, { microsoftLogin }: SignInSettings): string | undefined {
  const { kind, auth_type: auth, server, organization } = connector;
  if (kind === 'salesforce') return `${server}/services/oauth2/token`;
  // Microsoft identity platform, "OAuth 2.0 client credentials flow".
  if (kind === 'dynamics') return `${microsoftLogin}/${encodeURIComponent(organization ?? '')}/oauth2/v2.0/token`;
  if (kind === 'sugar') return `${server}/rest/v11/oauth2/token`;
  // Oracle Cloud, "REST API for Oracle Identity Cloud Service", /oauth2/v1/token.
  if (kind === 'oracle_fusion' && auth === 'oauth') return `https://${organization ?? ''}/oauth2/v1/token`;
  return undefined;
}

/** The audience of a signed assertion: the server itself, without a path. */
export const audienceOf = ({ server }: Pick<DataConnector, 'server'>): string => new URL(server).origin;

const form = (url: string, fields: Readonly<Record<string, string>>): ServiceRequest => ({
  method: 'POST',
  url,
  headers: { ...accept, 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

const basicOf = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** RFC 6749 §2.3.1: id and secret are encoded as in a form. */
const formText = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2);

const text = (value: string | null | undefined): string => value ?? '';

/** A signed assertion (RFC 7523), which takes the place of a secret. */
export type Assertion = string | undefined;

/** The request for an access token. @param secrets opened */
export function tokenRequestOf(
  connector: DataConnector,
  secrets: Secrets,
  { url, assertion }: { readonly url: string; readonly assertion: Assertion },
): ServiceRequest {
  const { kind, auth_type: auth, server, username, client_id: id, resource_id: resource } = connector;
  const client = { client_id: text(id), client_secret: text(secrets.client_secret) };
  if (kind === 'salesforce')
    return auth === 'jwt'
      ? form(url, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text(assertion) })
      : form(url, { grant_type: 'refresh_token', refresh_token: text(secrets.token), ...client });
  if (kind === 'sugar') {
    // Sugar, "REST API: /oauth2/token POST".
    const body = { grant_type: 'password', ...client, username: text(username), password: text(secrets.password) };
    return {
      method: 'POST',
      url,
      headers: { ...accept, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, platform: 'base' }),
    };
  }
  if (kind === 'dynamics')
    return form(url, { grant_type: 'client_credentials', ...client, scope: resource ?? `${server}/.default` });
  const oracle = form(url, { grant_type: 'client_credentials', scope: resource ?? 'urn:opc:resource:consumer::all' });
  const authorization = basicOf(formText(client.client_id), formText(client.client_secret));
  return { ...oracle, headers: { ...oracle.headers, authorization } };
}

/** What a test reads, by kind; of `http` its `test_path`. Signing in is the whole test of Sugar. */
const readPaths = {
  salesforce: '/services/oauth2/userinfo',
  dynamics: '/api/data/v9.2/WhoAmI',
  sugar: undefined,
  zendesk: '/api/v2/users/me.json',
  oracle_fusion: '/fscmRestApi/resources/latest/',
  gooddata: '/api/v1/profile',
  ldap: undefined,
  http: '/',
} as const;

function credentialOf(connector: DataConnector, secrets: Secrets, accessToken: string | undefined) {
  const { kind, auth_type: auth, username, header_name: header } = connector;
  if (accessToken !== undefined) return { authorization: `Bearer ${accessToken}` };
  // Zendesk, "Security and authentication: API token".
  if (kind === 'zendesk' && auth === 'token')
    return { authorization: basicOf(`${text(username)}/token`, text(secrets.token)) };
  if (auth === 'basic') return { authorization: basicOf(text(username), text(secrets.password)) };
  if (auth === 'header') return { [text(header).toLowerCase()]: text(secrets.token) };
  return auth === 'none' ? {} : { authorization: `Bearer ${text(secrets.token)}` };
}

/** The request that reads something; undefined if the token is all that is tried. */
export function readRequestOf(
  connector: DataConnector,
  secrets: Secrets,
  accessToken: string | undefined,
): ServiceRequest | undefined {
  const { kind, server, test_path: chosen } = connector;
  const path = chosen ?? readPaths[kind];
  if (path === undefined) return undefined;
  return {
    method: 'GET',
    url: `${server}${path}`,
    headers: { ...accept, ...credentialOf(connector, secrets, accessToken) },
  };
}

/** The credentials of a request as they are sent: that of Basic is no form of the password alone. */
export const credentialsIn = ({ headers }: ServiceRequest): readonly string[] => {
  const [, credential] = headers['authorization']?.split(' ') ?? [];
  return credential === undefined ? [] : [credential];
};

/** A token is sent in a header, so that it must be one (RFC 6750 §2.1). */
const TokenAnswer = z.object({
  access_token: z.string().regex(/^[!-~]{1,16384}$/),
  refresh_token: z
    .string()
    .regex(/^[!-~]{1,4096}$/)
    .optional()
    .catch(undefined),
});
export type TokenAnswer = z.output<typeof TokenAnswer>;

export function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Undefined is no JSON value.
    return undefined;
  }
}

/** The tokens of a token endpoint's answer; undefined if it has none. */
export const tokensIn = (body: string): TokenAnswer | undefined => TokenAnswer.safeParse(parsedJson(body)).data;

/** Zendesk answers callers that it does not know with a user without id. */
const NamedUser = z.object({ user: z.object({ id: z.number() }) });

/** Whether an answer of status 2xx is what was asked for. */
export const isExpected = ({ kind }: Pick<DataConnector, 'kind'>, body: string): boolean =>
  kind !== 'zendesk' || NamedUser.safeParse(parsedJson(body)).success;
