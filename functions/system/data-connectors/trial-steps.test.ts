import { describe, expect, test } from 'vitest';
import { OutboundFailed, type OutboundRequest } from '#outbound/outbound.ts';
import { stored } from './connector.fixture.ts';
import type { DataConnector, Secrets } from './data-connector.ts';
import { tryConnection, type TrialTools } from './trial-steps.ts';

/** What others do by script; test/system/records/data-connectors.test.ts has real servers. */

type Reply = { readonly status?: number; readonly body?: unknown } | OutboundFailed;

const http: DataConnector = {
  ...stored,
  ...{ kind: 'http', auth_type: 'bearer', server: 'https://a.example.com', test_path: '/' },
};
const salesforce: DataConnector = { ...http, kind: 'salesforce', auth_type: 'oauth', client_id: 'c', test_path: null };
const ldap: DataConnector = {
  ...http,
  ...{ kind: 'ldap', auth_type: 'simple', server: 'ldaps://d.example.com:636', username: 'cn=a', test_path: null },
};
const secrets: Secrets = { token: 'the-token', client_secret: 'the-client-secret', password: 'the-password' };

/** @param took milliseconds of each request */
async function trialOf(connector: DataConnector, replies: readonly Reply[], took = 10) {
  const sent: OutboundRequest[] = [];
  let now = 1_000;
  const tools: TrialTools = {
    outbound: {
      send: async (request) => {
        const reply = replies[sent.length] ?? {};
        sent.push(request);
        now += took;
        if (reply instanceof OutboundFailed) throw reply;
        const excerpt = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
        return { status: reply.status ?? 200, headers: {}, excerpt, duration_ms: took };
      },
    },
    connections: { open: () => Promise.reject(new Error('no directory is expected')) },
    settings: { microsoftLogin: 'https://login.example.com' },
    sign: async () => 'signed-assertion',
    now: new Date('2026-11-20T10:00:00.000Z'),
    elapsed: () => now,
  };
  return { trial: await tryConnection(connector, secrets, tools), sent };
}

/** A directory that answers each request with bytes, or not at all. */
async function trialOfDirectory(...replies: readonly (string | OutboundFailed)[]) {
  let asked = 0;
  let closed = 0;
  const tools: TrialTools = {
    outbound: { send: () => Promise.reject(new Error('no request is expected')) },
    connections: {
      open: async () => ({
        send: () => undefined,
        receive: async () => {
          const reply = replies[asked] ?? new OutboundFailed('CONNECTION_CLOSED', 'closed', 1);
          asked += 1;
          if (reply instanceof OutboundFailed) throw reply;
          return Buffer.from(reply.replaceAll(' ', ''), 'hex');
        },
        close: () => void (closed += 1),
      }),
    },
    settings: { microsoftLogin: '' },
    sign: async () => '',
    now: new Date(),
    elapsed: () => 0,
  };
  const { ok, stage, error } = await tryConnection(ldap, secrets, tools);
  return { ok, stage, error, closed };
}

const ends = ({ trial: { ok, stage, error } }: Awaited<ReturnType<typeof trialOf>>) => [ok, stage, error];

describe('a service', () => {
  test('works if it answers with success', async () => {
    const { trial, sent } = await trialOf(http, [{ status: 204 }]);
    expect(trial).toEqual({ ok: true, stage: 'query', error: null, latency_ms: 10, renewedToken: undefined });
    expect(sent[0]).toMatchObject({ url: 'https://a.example.com/', headers: { authorization: 'Bearer the-token' } });
  });

  test.for([
    [401, 'auth'],
    [403, 'auth'],
    [302, 'query'],
    [404, 'query'],
    [500, 'query'],
  ] as const)('that answers %i fails at %s', async ([status, stage]) => {
    expect(ends(await trialOf(http, [{ status, body: 'no' }]))).toEqual([false, stage, `HTTP ${status}: no`]);
  });

  test.for([
    [new OutboundFailed('DNS_FAILED', 'x', 1, 'resolving'), 'dns', 'DNS_FAILED'],
    [new OutboundFailed('ADDRESS_NOT_ALLOWED', '10.0.0.1', 1, 'resolving'), 'dns', 'ADDRESS_NOT_ALLOWED'],
    [new OutboundFailed('CONNECT_FAILED', 'refused 192.0.2.1', 1, 'connecting'), 'connect', 'CONNECT_FAILED'],
    [
      new OutboundFailed('TLS_FAILED', 'certificate\n expired', 1, 'securing'),
      'tls',
      'TLS_FAILED: certificate expired',
    ],
    [new OutboundFailed('TIMEOUT', 'x', 1, 'securing'), 'tls', 'TIMEOUT'],
    [new OutboundFailed('TIMEOUT', 'x', 1, 'answering'), 'query', 'TIMEOUT'],
    [new OutboundFailed('CONNECTION_CLOSED', 'x', 1, 'answering'), 'query', 'CONNECTION_CLOSED'],
  ] as const)('without an answer: %o', async ([failure, stage, error]) => {
    expect(ends(await trialOf(http, [failure]))).toEqual([false, stage, error]);
  });

  test('that repeats what it was sent shows no secret', async () => {
    const { trial } = await trialOf(http, [{ status: 400, body: 'bad header Authorization: Bearer the-token' }]);
    expect(trial.error).toBe('HTTP 400: bad header Authorization: Bearer ********');
  });
});

test('a credential that is repeated as it was sent is not shown', async () => {
  const basic: DataConnector = { ...http, auth_type: 'basic', username: 'anna' };
  const sent = Buffer.from('anna:the-password').toString('base64');
  const { trial } = await trialOf(basic, [{ status: 400, body: `Authorization: Basic ${sent}; anna:the-password` }]);
  expect(trial.error).toBe('HTTP 400: Authorization: Basic ********; anna:********');
});

describe('signing in', () => {
  const token = { body: { access_token: 'access-1', refresh_token: 'refresh-2' } };

  test('precedes the read, and a new refresh token is kept', async () => {
    const { trial, sent } = await trialOf(salesforce, [token, {}]);
    expect([trial.ok, trial.stage, trial.renewedToken, trial.latency_ms]).toEqual([true, 'query', 'refresh-2', 20]);
    expect(sent.map(({ headers }) => headers['authorization'])).toEqual([undefined, 'Bearer access-1']);
  });

  test('keeps the new refresh token although the read fails, and shows no token', async () => {
    const { trial } = await trialOf(salesforce, [token, { status: 401, body: 'bad access-1, not refresh-2' }]);
    const shown = { stage: 'query', error: 'HTTP 401: bad ********, not ********', renewedToken: 'refresh-2' };
    expect(trial).toMatchObject({ ok: false, ...shown });
  });

  test.for([
    [{ status: 401, body: { error: 'invalid_client', error_description: 'the-client-secret is wrong' } }],
    [{ status: 200, body: 'hello' }],
    [new OutboundFailed('TIMEOUT', 'x', 1, 'answering')],
  ] as const)('fails: %o', async ([reply]) => {
    const { trial, sent } = await trialOf(salesforce, [reply]);
    const errors = ['HTTP 401: invalid_client: ******** is wrong', 'the answer has no access token', 'TIMEOUT'];
    expect([trial.ok, trial.stage, sent.length]).toEqual([false, 'auth', 1]);
    expect(errors).toContain(trial.error);
  });

  test('with a key sends a signed assertion', async () => {
    const { trial, sent } = await trialOf({ ...salesforce, auth_type: 'jwt' }, [token, {}]);
    expect([trial.ok, sent[0]?.body?.includes('signed-assertion')]).toEqual([true, true]);
  });

  test('leaves the read what is left of 15 seconds', async () => {
    const { sent } = await trialOf(salesforce, [token, {}], 9_000);
    expect(sent.map(({ timeout }) => timeout)).toEqual([15_000, 6_000]);
    const late = await trialOf(salesforce, [token, {}], 20_000);
    expect(late.sent[1]?.timeout).toBe(1);
  });
});

describe('a directory', () => {
  const bound = '300c 020101 6107 0a0100 0400 0400';
  const entry = '300a 020102 6405 0400 3001 00';
  const done = '300c 020102 6507 0a0100 0400 0400';

  test('works if it lets the name in and shows its root, and the connection is closed', async () => {
    expect(await trialOfDirectory(bound.slice(0, 12), bound.slice(12), entry + done)).toEqual({
      ...{ ok: true, stage: 'query', error: null },
      closed: 1,
    });
  });

  const text = Buffer.from('not the-password').toString('hex');
  test.for([
    ['rejects the password', [`301c 020101 6117 0a0131 0400 0410 ${text}`], 'auth', 'LDAP 49: not ********'],
    ['shows nothing', [bound, '300c 020102 6507 0a0132 0400 0400'], 'query', 'LDAP 50'],
    [
      'is none',
      [Buffer.from('HTTP/1.1 400').toString('hex')],
      'auth',
      'no LDAP: the answer does not begin as LDAP does',
    ],
    ['says good-bye', ['300c 020100 7807 0a0134 0400 0400'], 'auth', 'LDAP 52'],
    [
      'answers another request',
      [bound.replace('020101', '020105')],
      'auth',
      'no LDAP: the answer belongs to no request',
    ],
    ['hangs up', [bound], 'query', 'CONNECTION_CLOSED'],
    ['is silent', [new OutboundFailed('TIMEOUT', 'x', 1, 'answering')], 'auth', 'TIMEOUT'],
  ] as const)('that %s fails', async ([, replies, stage, error]) => {
    expect(await trialOfDirectory(...replies)).toEqual({ ok: false, stage, error, closed: 1 });
  });
});
