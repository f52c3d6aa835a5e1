import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateFor, httpsAt, tcpAt, type Listener } from '#test/support/listeners.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { connect, operatorToken } from '../cloud.ts';
import {
  credentials,
  directoryName,
  privateKey,
  startDirectory,
  startEndlessHead,
  startSystems,
  type ConnectedSystems,
} from './connected-systems.fixture.ts';
import { digits, newIccid } from '../hardware.fixture.ts';
import { runPeers } from '../run-peers.ts';
import {
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';

/** Data connectors against real servers of this machine, whose certificates the cloud trusts. */

const local = describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined);

const { client, secret, user, password, token } = credentials;
const { certificate, expired, microsoft } = runPeers();

let systems: ConnectedSystems;
let tenant: AdministeredTenant;
beforeAll(async () => {
  systems = await startSystems(certificate, microsoft);
  tenant = await newAdministeredTenant('connectors');
});
afterAll(() => systems.close());

const body = (more: Body = {}): Body => ({
  ...{ name: uniqueName('connector'), kind: 'http', server: systems.origin, auth_type: 'none' },
  ...more,
});

/** Creates a connector, of a tenant of its own if the test counts. @returns its id */
async function created(more: Body, { ask }: AdministeredTenant = tenant): Promise<string> {
  const made = await ask('PUT', '/dataconnector/new', body(more));
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}

async function tested(id: string, { ask }: AdministeredTenant = tenant): Promise<Body> {
  const answer = await ask('POST', `/dataconnector/${id}/test`, {});
  expect(outcome(answer)).toBe('200');
  return (answer.body as { data: Body }).data;
}

/** A connector and its test. Each has a tenant of its own: all share one host, which has a limit. */
async function tried(more: Body): Promise<Body> {
  const own = await newAdministeredTenant('connectors');
  return tested(await created(more, own), own);
}

const works = (stage: string): Body => ({ ok: true, stage, error: null });

const ways: readonly (readonly [name: string, right: () => Body | Promise<Body>, stage: string, wrong: Body])[] = [
  [
    'Salesforce by OAuth',
    async () => ({
      ...{ kind: 'SalesForce', auth_type: 'oauth', client_id: client, client_secret: secret },
      token: await systems.refreshToken(),
    }),
    'query',
    { token: 'no refresh token' },
  ],
  [
    'Salesforce by a signed assertion',
    () => ({
      ...{ kind: 'salesforce', auth_type: 'jwt', client_id: client, username: user, private_key: privateKey },
      server: `${systems.origin}/jwt`,
    }),
    'query',
    { username: 'someone@example.com' },
  ],
  [
    'Dynamics',
    () => ({
      ...{ kind: 'MicrosoftDynamics', auth_type: 'client_credentials', client_id: client, client_secret: secret },
      ...{ organization: 'tenant-1', resource_id: 'crm' },
    }),
    'query',
    { client_secret: 'another secret' },
  ],
  [
    'Sugar',
    () => ({
      ...{ kind: 'Sugar', auth_type: 'password', username: user, password, client_id: client, client_secret: secret },
    }),
    'auth',
    { password: 'another password' },
  ],
  ['Zendesk', () => ({ kind: 'zendesk', auth_type: 'token', username: user, token }), 'query', { token: 'no token' }],
  [
    'Oracle Fusion',
    () => ({ kind: 'oracle_fusion', auth_type: 'basic', username: user, password }),
    'query',
    { password: 'another password' },
  ],
  ['GoodData', () => ({ kind: 'gooddata', auth_type: 'token', token }), 'query', { token: 'no token' }],
  [
    'HTTP by Basic',
    () => ({ auth_type: 'basic', username: user, password, test_path: '/basic' }),
    'query',
    { password: 'another password' },
  ],
  ['HTTP by a token', () => ({ auth_type: 'bearer', token, test_path: '/bearer' }), 'query', { token: 'no token' }],
  ['HTTP by a header', () => ({ auth_type: 'header', token, test_path: '/header' }), 'query', { token: 'no token' }],
];

local('a connection', () => {
  test.for(ways)('to %s works, and fails with a wrong credential', async ([, right, stage, wrong]) => {
    const good = await right();
    expect(await tried(good)).toMatchObject(works(stage));
    const bad = await tried({ ...good, ...wrong });
    expect(bad).toMatchObject({ ok: false, stage: 'auth', error: expect.stringMatching(/^HTTP 40[01]/) });
    const hidden = Object.values(wrong).filter((value) => value !== 'someone@example.com');
    for (const value of hidden) expect(bad['error']).not.toContain(value);
  });

  test('to an open service works, and is stored with its events', async () => {
    const id = await created({ test_path: '/open?a=b' });
    const result = await tested(id);
    expect(result).toMatchObject(works('query'));
    const { ask } = tenant;
    expect(texts(await ask('GET', `/dataconnector/${id}`))).toMatchObject({ status: 'ok', last_test: result });
    await eventually(async () => {
      const events = await ask('GET', `/events/org/${tenant.id}?type=dataconnector.tested`);
      expect(JSON.stringify(events.body)).toContain(id);
    }, 20_000);
  });

  test('keeps working when refresh tokens are used once', async () => {
    const id = await created({
      ...{ kind: 'salesforce', auth_type: 'oauth', client_id: client, client_secret: secret },
      token: await systems.refreshToken(),
    });
    for (let round = 0; round < 3; round += 1) expect(await tested(id)).toMatchObject(works('query'));
  });
});

local('a server', () => {
  const cleanups: (() => unknown)[] = [];
  afterAll(() => Promise.all(cleanups.map((cleanup) => cleanup())));
  const kept = <Kept extends Pick<Listener, 'close'>>(listener: Kept): Kept => {
    cleanups.push(listener.close);
    return listener;
  };

  test('whose certificate has expired is not trusted', async () => {
    const { port } = kept(await httpsAt(expired, (_incoming, outgoing) => void outgoing.end()));
    expect(await tried({ server: `https://localhost:${port}` })).toMatchObject({
      ...{ ok: false, stage: 'tls', error: 'TLS_FAILED: certificate has expired' },
    });
  });

  test('whose certificate is of another authority is not trusted', async () => {
    const { port } = kept(await httpsAt(certificateFor('localhost'), (_incoming, outgoing) => void outgoing.end()));
    expect(await tried({ server: `https://localhost:${port}`, auth_type: 'bearer', token })).toMatchObject({
      ...{ ok: false, stage: 'tls', error: expect.stringMatching(/^TLS_FAILED/) },
    });
  });

  test('that is down, and a name without an address', async () => {
    const { port, close } = await tcpAt(() => undefined);
    await close();
    const down = await tried({ server: `https://localhost:${port}` });
    expect(down).toMatchObject({ ok: false, stage: 'connect', error: 'CONNECT_FAILED' });
    const unknown = await tried({ server: 'https://nowhere.invalid' });
    expect(unknown).toMatchObject({ ok: false, stage: 'dns', error: 'DNS_FAILED' });
  });

  test('that never answers costs 15 seconds', async () => {
    const result = await tried({ test_path: '/silent' });
    expect(result).toMatchObject({ ok: false, stage: 'query', error: 'TIMEOUT' });
    expect(result['latency_ms']).toBeGreaterThanOrEqual(14_900);
  });

  test('that sends without end is cut off', async () => {
    const bodied = await tried({ test_path: '/endless-body' });
    const head = kept(await startEndlessHead(certificate));
    expect(bodied).toMatchObject({ ok: false, stage: 'query', error: `HTTP 500: ${'x'.repeat(200)}` });
    expect(await tried({ server: head.origin })).toMatchObject({
      ok: false,
      stage: 'query',
      error: 'CONNECTION_CLOSED',
    });
  });

  test('that redirects is not followed', async () => {
    expect(await tried({ test_path: '/redirect' })).toMatchObject({
      ok: false,
      stage: 'query',
      error: 'HTTP 302: moved',
    });
  });

  test('that repeats the request shows no secret, and 200 characters without control characters', async () => {
    const all = [
      await tried({ auth_type: 'bearer', token, test_path: '/echo' }),
      await tried({ auth_type: 'basic', username: user, password, test_path: '/echo' }),
    ];
    const encoded = Buffer.from(`${user}:${password}`).toString('base64');
    for (const { error } of all) {
      expect(error).toMatch(/^HTTP 418: you sent .*\*{8}/);
      expect(String(error)).toHaveLength('HTTP 418: '.length + 200);
      for (const hidden of [token, password, encoded]) expect(error).not.toContain(hidden);
    }
  });
});

local('a directory', () => {
  needs('slapd');
  const simple = { kind: 'ldap', auth_type: 'simple', username: directoryName, password };

  test('lets the name in and shows its root, by its certificate alone', async () => {
    await using directory = await startDirectory(certificate);
    expect(await tried({ ...simple, server: directory.server })).toMatchObject(works('query'));
    const wrong = await tried({ ...simple, server: directory.server, password: 'another password' });
    expect(wrong).toMatchObject({ ok: false, stage: 'auth', error: expect.stringMatching(/^LDAP 49/) });
  });

  test.for([
    ['has expired', expired, /^TLS_FAILED: certificate has expired$/],
    ['is of another authority', certificateFor('localhost'), /^TLS_FAILED/],
  ] as const)('whose certificate %s is not trusted', async ([, other, error]) => {
    await using directory = await startDirectory(other);
    expect(await tried({ ...simple, server: directory.server })).toMatchObject({
      ...{ ok: false, stage: 'tls', error: expect.stringMatching(error) },
    });
  });

  test('is none if it speaks HTTP', async () => {
    const server = systems.origin.replace('https:', 'ldaps:');
    const result = await tried({ ...simple, server });
    expect(result).toMatchObject({
      ok: false,
      stage: 'auth',
      error: expect.stringMatching(/^no LDAP|^CONNECTION_CLOSED/),
    });
  });
});

local('another organization', () => {
  test('finds no connector of this one', async () => {
    const stranger = await newAdministeredTenant('strangers');
    const id = await created({});
    const answers = [
      await stranger.ask('GET', `/dataconnector/${id}`),
      await stranger.ask('PUT', `/dataconnector/${id}`, body()),
      await stranger.ask('POST', `/dataconnector/${id}/test`, {}),
      await stranger.ask('DELETE', `/dataconnector/${id}`),
      await stranger.ask('GET', `/dataconnector/${id}?org_id=${tenant.id}`),
    ];
    expect(answers.map(outcome)).toEqual([...Array.from({ length: 4 }, () => '404 NOT_FOUND'), '403 FORBIDDEN_ORG']);
    expect(JSON.stringify((await stranger.ask('GET', '/dataconnector')).body)).not.toContain(id);
  });
});

local('items', () => {
  test('go with the user, the trunk, the SIM and the number that they link', async () => {
    const { ask } = tenant;
    const made = async (path: string, json: Body): Promise<string> => texts(await ask('PUT', path, json))['id'] ?? '';
    const inventory = { state: 'available', country: 'SE', type: 'geographic', capabilities: ['voice'] };
    const number = `+4690${digits(7)}`;
    await ask('PUT', `/numbers/${number}`, inventory, { token: operatorToken() });
    const ids = {
      user: await made('/users', { username: uniqueName('linked'), password: tenant.password }),
      trunk: await made('/siptrunk/new', { name: uniqueName('linked'), type: 'carrier', host: 'sip.example.com' }),
      sim: await made('/mobile/new', { iccid: newIccid() }),
      number: await made(`/numbers/${number}`, {}),
    };
    const items = Object.entries(ids).map(([type, id]) => ({ type, id, sync_status: 'synced' }));
    const id = await created({ items });
    expect(outcome(await ask('DELETE', `/dataconnector/${id}`))).toBe('409 CONNECTOR_IN_USE');
    const removed = [
      await ask('DELETE', `/users/${ids.user}`),
      await ask('DELETE', `/siptrunk/${ids.trunk}`),
      await ask('POST', `/mobile/${ids.sim}`, { action: 'terminate' }),
      await ask('DELETE', `/mobile/${ids.sim}`),
      await ask('DELETE', `/numbers/${ids.number}`),
    ];
    expect(removed.map(outcome)).toEqual(removed.map(() => '200'));
    await eventually(async () => {
      expect(texts(await ask('GET', `/dataconnector/${id}`))).toMatchObject({ items: [] });
    }, 20_000);
    expect(outcome(await ask('DELETE', `/dataconnector/${id}`))).toBe('200');
  });
});
