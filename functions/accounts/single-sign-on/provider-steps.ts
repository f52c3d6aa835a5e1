import * as oidc from 'openid-client';
import { AppError } from '#errors.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { omit } from '#schema/omit.ts';
import { second } from '#schema/time.ts';
import { singleSignOnErrors } from './errors.ts';
import { isAllowedHost, type Hosts } from './set-up.ts';
import type { WaitingState } from './state.ts';

/** OpenID Connect with Salesforce. Every request goes through the guard of outbound requests. */

/** The client of an organization at its provider. */
export type Provider = {
  readonly loginUrl: string;
  readonly clientId: string;
  readonly secret: string;
  readonly hosts: Hosts;
  readonly outbound: Outbound;
};

const requestTimeout = 5 * second;
/** Milliseconds for all requests of a log-in, well within the time of an answer. */
const wholeTimeout = 12 * second;
/** Bytes of an answer. */
const maxBytes = 512 * 1_024;
/** How Salesforce signs ID tokens: no other algorithm is accepted. */
const algorithm = 'RS256';
const scope = 'openid email profile';
/** Statuses whose answers have no body (Fetch Standard, "null body status"). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

const unavailable = (cause: unknown): AppError =>
  new AppError(
    singleSignOnErrors.SALESFORCE_UNAVAILABLE,
    'Salesforce does not answer, or its answer cannot be used; try again',
    {
      retryAfter: 5,
      cause,
    },
  );

/** What became of the requests of a log-in, and the milliseconds that are left for others. */
type Trace = { problem?: unknown; left: number };

const newTrace = (): Trace => ({ left: wholeTimeout });

/** The body of a request of the library, which sends forms only. */
const textOf = (body: unknown): { readonly body?: string } => {
  if (body instanceof URLSearchParams) return { body: body.toString() };
  return typeof body === 'string' ? { body } : {};
};

/** @param redirectUri exactly as it was sent to the authorization endpoint, as the provider compares it */
const guardedFetch =
  ({ outbound, hosts }: Provider, trace: Trace, redirectUri?: string): oidc.CustomFetch =>
  async (url, { method, headers, body }) => {
    try {
      if (!isAllowedHost(new URL(url), hosts)) throw new Error('the provider names a host that is none of Salesforce');
      if (body instanceof URLSearchParams && redirectUri !== undefined) body.set('redirect_uri', redirectUri);
      const answer = await outbound.send({
        method: method === 'POST' ? 'POST' : 'GET',
        url,
        headers,
        ...textOf(body),
        timeout: Math.max(1, Math.min(requestTimeout, trace.left)),
        maxBytes,
      });
      trace.left -= answer.duration_ms;
      if (answer.status >= 500 || answer.status === 429) throw new Error(`the provider answers ${answer.status}`);
      const content = bodiless.has(answer.status) ? null : answer.excerpt;
      return new Response(content, { status: answer.status, headers: answer.headers });
    } catch (error) {
      trace.problem = error;
      throw error;
    }
  };

/** Reads the provider's document. @throws AppError SALESFORCE_UNAVAILABLE */
async function configurationOf(provider: Provider, trace: Trace, redirectUri?: string): Promise<oidc.Configuration> {
  const { loginUrl, clientId, secret, hosts } = provider;
  const metadata = { id_token_signed_response_alg: algorithm };
  const authentication = oidc.ClientSecretPost(secret);
  const fetch = guardedFetch(provider, trace, redirectUri);
  try {
    const found = await oidc.discovery(new URL(loginUrl), clientId, metadata, authentication, {
      [oidc.customFetch]: fetch,
    });
    const server = found.serverMetadata();
    const { authorization_endpoint: page = '', token_endpoint: token = '', jwks_uri: keys = '' } = server;
    for (const url of [page, token, keys])
      if (!URL.canParse(url) || !isAllowedHost(new URL(url), hosts)) throw new Error(`${url} is none of Salesforce`);
    // The issuer is compared by `redeem` if the client passes it on: the page need not.
    const document = { ...omit(server, 'authorization_response_iss_parameter_supported'), issuer: server.issuer };
    const configuration = new oidc.Configuration(document, clientId, metadata, authentication);
    configuration[oidc.customFetch] = fetch;
    // ID tokens are verified by the provider's keys, too, not by the connection alone.
    oidc.enableNonRepudiationChecks(configuration);
    return configuration;
  } catch (error) {
    throw unavailable(error);
  }
}

/** The secrets of a flow. */
export const newFlow = () => ({ nonce: oidc.randomNonce(), code_verifier: oidc.randomPKCECodeVerifier() });
export const newState = (): string => oidc.randomState();

type Flow = Pick<WaitingState, 'nonce' | 'code_verifier' | 'redirect_uri'> & { readonly state: string };

/** The page of Salesforce to which the browser goes. @throws AppError SALESFORCE_UNAVAILABLE */
export async function authorizationUrl(provider: Provider, flow: Flow): Promise<string> {
  const configuration = await configurationOf(provider, newTrace());
  const { href } = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: flow.redirect_uri,
    scope,
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(flow.code_verifier),
    code_challenge_method: 'S256',
  });
  return href;
}

/** Why a code was not redeemed. */
function rejectionOf(error: unknown, trace: Trace): AppError {
  if (trace.problem !== undefined) return unavailable(trace.problem);
  if (error instanceof oidc.ResponseBodyError)
    return error.error === 'invalid_grant'
      ? new AppError(singleSignOnErrors.INVALID_CODE, 'Salesforce does not accept the code', { cause: error })
      : unavailable(error);
  const isNoAnswer =
    error instanceof oidc.ClientError &&
    ['OAUTH_PARSE_ERROR', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_RESPONSE_IS_NOT_CONFORM'].includes(error.code ?? '');
  return isNoAnswer
    ? unavailable(error)
    : new AppError(singleSignOnErrors.INVALID_ID_TOKEN, 'The ID token of Salesforce is not valid', { cause: error });
}

export type Redeemed = {
  /** The claims of the ID token. */
  readonly claims: oidc.IDToken;
  readonly accessToken: string;
  readonly instanceUrl: string | null;
  /** What the UserInfo endpoint knows of the person. @throws AppError SALESFORCE_UNAVAILABLE, INVALID_ID_TOKEN */
  readonly userInfo: () => Promise<oidc.UserInfoResponse>;
};

/**
 * Redeems a code, and checks the ID token: signature, issuer, audience, expiry, nonce.
 * @param issuer that came with the code (RFC 9207); undefined: none did
 * @throws AppError INVALID_CODE, INVALID_ID_TOKEN, SALESFORCE_UNAVAILABLE
 */
export async function redeem(
  provider: Provider,
  flow: Flow,
  { code, issuer }: { readonly code: string; readonly issuer: string | undefined },
): Promise<Redeemed> {
  const trace = newTrace();
  const configuration = await configurationOf(provider, trace, flow.redirect_uri);
  const page = new URL(flow.redirect_uri);
  page.search = new URLSearchParams({
    code,
    state: flow.state,
    ...(issuer === undefined ? {} : { iss: issuer }),
  }).toString();
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, page, {
      expectedNonce: flow.nonce,
      expectedState: flow.state,
      pkceCodeVerifier: flow.code_verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('there is no ID token');
    const { access_token: accessToken, instance_url: instance } = tokens;
    return {
      claims,
      accessToken,
      instanceUrl: typeof instance === 'string' && URL.canParse(instance) ? instance : null,
      userInfo: () =>
        oidc.fetchUserInfo(configuration, accessToken, claims.sub).catch((error: unknown) => {
          throw rejectionOf(error, trace);
        }),
    };
  } catch (error) {
    throw rejectionOf(error, trace);
  }
}
