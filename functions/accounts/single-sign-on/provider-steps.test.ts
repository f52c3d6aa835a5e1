import { describe, expect, test } from 'vitest';
import { OutboundFailed, type Outbound, type OutboundRequest } from '#outbound/outbound.ts';
import { authorizationUrl, newFlow, newState, redeem, type Provider } from './provider-steps.ts';

/** The protocol with a provider whose answers are given; test/system/accounts/single-sign-on.test.ts has real ones. */

const loginUrl = 'https://acme.my.salesforce.com';
const discovered = {
  issuer: loginUrl,
  authorization_endpoint: `${loginUrl}/services/oauth2/authorize`,
  token_endpoint: `${loginUrl}/services/oauth2/token`,
  jwks_uri: `${loginUrl}/id/keys`,
  response_types_supported: ['code'],
};

type Reply = { readonly status?: number; readonly body?: object };

/** A provider with these answers by path. */
function providerWith(replies: Readonly<Record<string, Reply | Error>>, more: object = {}) {
  const sent: OutboundRequest[] = [];
  const outbound: Outbound = {
    check: async () => null,
    send: async (request) => {
      sent.push(request);
      const reply = replies[new URL(request.url).pathname] ?? { status: 404 };
      if (reply instanceof Error) throw reply;
      const { status = 200, body = {} } = reply;
      const headers = { 'content-type': 'application/json' };
      return { status, headers, excerpt: JSON.stringify(body), duration_ms: 1 };
    },
  };
  const provider: Provider = { loginUrl, clientId: 'client', secret: 'secret', hosts: [], outbound, ...more };
  return { provider, sent };
}

const document = '/.well-known/openid-configuration';
const token = '/services/oauth2/token';
const flow = { ...newFlow(), state: newState(), redirect_uri: 'https://portal.example.com/sso?tenant=1' };
const codeOf = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => null,
    (error: unknown) => (error as { code: string }).code,
  );

describe('the page of a log-in', () => {
  test('has the secrets of the flow as a challenge only', async () => {
    const { provider, sent } = providerWith({ [document]: { body: discovered } });
    const url = new URL(await authorizationUrl(provider, flow));
    expect(`${url.origin}${url.pathname}`).toBe(discovered.authorization_endpoint);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client',
      redirect_uri: flow.redirect_uri,
      scope: 'openid email profile',
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    expect(url.href).not.toContain(flow.code_verifier);
    expect(sent.map(({ method, url: asked }) => `${method} ${asked}`)).toEqual([`GET ${loginUrl}${document}`]);
  });

  test.each([
    ['is down', new OutboundFailed('CONNECT_FAILED', 'refused', 1)],
    ['has a private address', new OutboundFailed('ADDRESS_NOT_ALLOWED', 'private', 1)],
    ['answers 500', { status: 500 }],
    ['answers 404', { status: 404 }],
    ['redirects', { status: 302 }],
    ['is another issuer', { body: { ...discovered, issuer: 'https://evil.my.salesforce.com' } }],
    ['names a host of another', { body: { ...discovered, token_endpoint: 'https://evil.example.com/token' } }],
    ['names no keys', { body: { ...discovered, jwks_uri: undefined } }],
  ])('is 503 where the provider %s', async (_name, reply) => {
    expect(await codeOf(authorizationUrl(providerWith({ [document]: reply }).provider, flow))).toBe(
      'SALESFORCE_UNAVAILABLE',
    );
  });
});

describe('a code', () => {
  const redeemed = async (reply: Reply | Error) => {
    const { provider, sent } = providerWith({ [document]: { body: discovered }, [token]: reply });
    return { code: await codeOf(redeem(provider, flow, { code: 'c', issuer: undefined })), sent };
  };

  test('is sent once with the secrets, and with the page as it was sent before', async () => {
    const { sent } = await redeemed({ status: 400, body: { error: 'invalid_grant' } });
    expect(sent).toHaveLength(2);
    expect(Object.fromEntries(new URLSearchParams(sent[1]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: flow.redirect_uri,
      code_verifier: flow.code_verifier,
      client_id: 'client',
      client_secret: 'secret',
    });
  });

  test.each<[string, Reply | Error, string]>([
    ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }, 'INVALID_CODE'],
    ['invalid_client', { status: 401, body: { error: 'invalid_client' } }, 'SALESFORCE_UNAVAILABLE'],
    ['503', { status: 503 }, 'SALESFORCE_UNAVAILABLE'],
    ['429', { status: 429 }, 'SALESFORCE_UNAVAILABLE'],
    ['nothing', new OutboundFailed('TIMEOUT', 'slow', 5_000), 'SALESFORCE_UNAVAILABLE'],
    ['no ID token', { body: { access_token: 'a', token_type: 'Bearer' } }, 'INVALID_ID_TOKEN'],
    ['no token', { body: { access_token: 'a', token_type: 'Bearer', id_token: 'x' } }, 'INVALID_ID_TOKEN'],
  ])('that is answered with %s is rejected', async (_name, reply, code) => {
    expect((await redeemed(reply)).code).toBe(code);
  });
});

test('flows and states are random', () => {
  const all = Array.from({ length: 20 }, () => [newState(), newFlow().nonce, newFlow().code_verifier]).flat();
  expect(new Set(all).size).toBe(60);
  expect(all.every((each) => /^[\w-]{43}$/.test(each))).toBe(true);
});
