import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect, type Answer } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { startAttacker } from '../openid-attacker.fixture.ts';
import {
  clientId,
  clientSecret,
  nativeClientId,
  redirectUri,
  startProvider,
  type RealProvider,
} from './openid-provider.fixture.ts';
import { runPeers } from '../run-peers.ts';
import {
  json,
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';

/** Log-ins by an OpenID provider, right and attacked, whose certificate the cloud trusts. */

const cloud = connect();
const local = describe.skipIf(cloud.outputs['AwsEndpointUrl'] === undefined);
const { certificate, authority } = runPeers();
let provider: RealProvider;
let attacker: Awaited<ReturnType<typeof startAttacker>>;
beforeAll(async () => {
  [provider, attacker] = [await startProvider(certificate, authority), await startAttacker(certificate)];
});
afterAll(() => Promise.all([provider.close(), attacker.close()]));

let people = 0;
/** The identity URL of a new Salesforce user, and its id in both forms. */
function newIdentity() {
  people += 1;
  const short = `0055g00000${String(people).padStart(5, '0')}`;
  return { subject: `https://login.example.com/id/00D5g000004abcdEAA/${short}`, short, long: `${short}AAA` };
}

type Tenant = AdministeredTenant & { readonly issuer: string };

async function configured(more: Body = {}, issuer = provider.issuer): Promise<Tenant> {
  const tenant = await newAdministeredTenant('sso');
  const set = await tenant.ask('PUT', `/auth/salesforce/${tenant.id}`, {
    ...{ client_id: clientId, client_secret: clientSecret, login_url: issuer, redirect_uris: [redirectUri] },
    ...more,
  });
  expect(outcome(set)).toBe('201');
  return { ...tenant, issuer };
}

const start = (tenant: Tenant, query = ''): Promise<Answer> =>
  cloud.api(`/auth/salesforce?org_id=${tenant.id}${query}`, { headers: json });
const finish = (tenant: Tenant, more: Body): Promise<Answer> =>
  cloud.api('/auth/salesforce', {
    method: 'POST',
    headers: json,
    json: { org_id: tenant.id, redirect_uri: redirectUri, ...more },
  });
/** A log-in that has been sent to the provider and has come back. */
async function arrive(tenant: Tenant, subject: string) {
  const started = texts(await start(tenant));
  const back = await provider.logIn(started['authorization_url'] ?? '', subject);
  return { code: back.get('code'), state: started['state'] };
}
const logIn = async (tenant: Tenant, subject: string): Promise<Answer> => finish(tenant, await arrive(tenant, subject));
const dataOf = ({ body }: Answer): Body => (body as { data: Body }).data;
const newUser = async (tenant: Tenant, more: Body = {}): Promise<string> =>
  texts(await tenant.ask('PUT', '/users', { username: uniqueName('sso'), password: tenant.password, ...more }))['id'] ??
  '';

/** A tenant with a user that has a Salesforce id, in its short form, and must change the password that it was given. */
async function linked(more: Body = {}) {
  const [tenant, identity] = [await configured(more), newIdentity()];
  const user = await newUser(tenant);
  await tenant.ask('PUT', `/userforeignid/${tenant.id}/${user}`, {
    foreignIds: [{ foreignIdType: 'salesforce', foreignId: identity.short }],
  });
  return { tenant, identity, user };
}

local('a log-in', () => {
  test('is that of the user who has the Salesforce id, in either form', async () => {
    const { tenant, identity, user } = await linked();
    const arrived = await arrive(tenant, identity.subject);
    const answer = await finish(tenant, arrived);
    expect([answer.status, dataOf(answer)]).toEqual([
      200,
      {
        token: expect.any(String),
        token_type: 'Bearer',
        expires_at: expect.any(String),
        user: { id: user, email: null, org_id: tenant.organization, salesforce_user_id: identity.long },
        salesforce: { instance_url: null, access_token: expect.any(String) },
      },
    ]);
    const session = await cloud.api('/auth/session', { token: texts(answer)['token'] ?? '', headers: json });
    expect(dataOf(session)).toMatchObject({ sub: user, org_id: tenant.id, password_change_required: false });
    // The state is used up, and so is the code.
    expect(outcome(await finish(tenant, arrived))).toBe('409 STATE_MISMATCH');
    const again = texts(await start(tenant))['state'];
    expect(outcome(await finish(tenant, { ...arrived, state: again }))).toBe('401 INVALID_CODE');
  });

  test('shows the secret of the client to no one', async () => {
    const { tenant } = await linked();
    const shown = await tenant.ask('GET', `/auth/salesforce/${tenant.id}`);
    expect(dataOf(shown)).toMatchObject({ client_secret: '***', login_url: provider.issuer, enabled: true });
    await tenant.ask('PUT', `/auth/salesforce/${tenant.id}`, { client_id: clientId, client_secret: 'another secret' });
    const log = await tenant.ask('GET', `/eventlog/${tenant.id}?limit=50`);
    const logs = globSync(join(dirname(process.env['OUTPUTS'] ?? ''), 'logs', '*')).map((file) =>
      readFileSync(file, 'utf8'),
    );
    expect(logs.join()).toContain('/auth/salesforce');
    for (const text of [JSON.stringify(shown.body), JSON.stringify(log.body), ...logs])
      expect(text.includes(clientSecret) || text.includes('another secret')).toBe(false);
  });

  test('links a user by a verified address only, and only if the set-up says so', async () => {
    const [tenant, identity] = [await configured({ auto_link: true }), newIdentity()];
    const email = `${uniqueName('ann')}@example.com`;
    const user = await newUser(tenant, { email });
    provider.people.set(identity.subject, { email, email_verified: false });
    expect(outcome(await logIn(tenant, identity.subject))).toBe('403 SSO_USER_NOT_PERMITTED');
    provider.people.set(identity.subject, { email, email_verified: true });
    const strict = await configured();
    expect(outcome(await logIn(strict, identity.subject))).toBe('403 SSO_USER_NOT_PERMITTED');
    expect(dataOf(await logIn(tenant, identity.subject))).toMatchObject({ user: { id: user, email } });
    const ids = await tenant.ask('GET', `/userforeignid/${tenant.id}/${user}`);
    expect(dataOf(ids)['foreignIds']).toMatchObject([{ foreignIdType: 'salesforce', foreignId: identity.long }]);
    // Another person with the same address is not the same user.
    const other = newIdentity();
    provider.people.set(other.subject, { email, email_verified: true });
    expect(outcome(await logIn(tenant, other.subject))).toBe('403 SSO_USER_NOT_PERMITTED');
  });

  test('makes a user once, with the role of the set-up', async () => {
    const [tenant, identity] = [await configured({ auto_provision: true, default_role: 'viewer' }), newIdentity()];
    const email = `${uniqueName('new')}@example.com`;
    provider.people.set(identity.subject, { email, email_verified: true, given_name: 'Nora' });
    const first = dataOf(await logIn(tenant, identity.subject));
    const second = dataOf(await logIn(tenant, identity.subject));
    const { id } = first['user'] as { id: string };
    expect(second['user']).toEqual({ ...(first['user'] as Body), id });
    expect(dataOf(await tenant.ask('GET', `/users/${id}`))).toMatchObject({
      ...{ username: email, email, first_name: 'Nora', roles: ['viewer'], status: 'active' },
    });
    await tenant.ask('POST', `/users/${id}`, { status: 'disabled' });
    expect(outcome(await logIn(tenant, identity.subject))).toBe('403 SSO_USER_NOT_PERMITTED');
  });

  test('waits for the second factor of the platform, if the set-up says so', async () => {
    const { tenant, identity, user } = await linked({ require_2fa: true });
    const pending = (await logIn(tenant, identity.subject)).body as Readonly<Record<string, string>>;
    expect(pending).toMatchObject({ status: 'pending', requires_2fa: true, requires_2fa_setup: true });
    const token = pending['session_token'] ?? '';
    const secret = texts(await cloud.api('/auth/twofactor/secret', { token, headers: json }))['secret'] ?? '';
    const enabled = await cloud.api('/auth/twofactor', {
      ...{ method: 'POST', token, headers: json },
      json: { totp_code: generateSync({ secret }) },
    });
    expect(outcome(enabled)).toBe('200');
    const [code = ''] = dataOf(enabled)['recovery_codes'] as string[];
    const next = (await logIn(tenant, identity.subject)).body as Readonly<Record<string, string>>;
    expect(next).not.toHaveProperty('requires_2fa_setup');
    const done = await cloud.api('/auth/user', {
      ...{ method: 'POST', headers: json },
      json: { session_token: next['session_token'], recovery_code: code },
    });
    expect(dataOf(done)).toMatchObject({ entity: { id: user }, password_change_required: false });
  });

  test('is one of 64 that send its code at once', async () => {
    const { tenant, identity } = await linked();
    const arrived = await arrive(tenant, identity.subject);
    const answers = await Promise.all(Array.from({ length: 64 }, () => finish(tenant, arrived)));
    const counts = Map.groupBy(answers.map(outcome), (each) => each);
    expect([...counts].map(([each, all]) => [each, all.length]).toSorted()).toEqual([
      ['200', 1],
      ['409 STATE_MISMATCH', 63],
    ]);
  });
});

local('a set-up', () => {
  test('is of hosts of Salesforce, of known roles, and by administrators only', async () => {
    const tenant = await configured();
    const put = async (more: Body, token = tenant.token) =>
      outcome(await tenant.ask('PUT', `/auth/salesforce/${tenant.id}`, { client_id: clientId, ...more }, { token }));
    expect([
      await put({ login_url: 'https://evil.example.com' }),
      await put({ login_url: 'https://salesforce.com.evil.example.com' }),
      await put({ login_url: 'http://login.salesforce.com' }),
      await put({ login_url: 'https://user@login.salesforce.com' }),
      await put({ redirect_uris: ['http://portal.example.com/'] }),
      await put({ redirect_uris: ['https://portal.example.com/#x'] }),
      await put({ default_role: 'nobody' }),
      await put({ login_url: 'https://acme.my.salesforce.com/', redirect_uris: ['http://localhost:8080/sso'] }),
    ]).toEqual([...Array.from({ length: 6 }, () => '422 VALIDATION_FAILED'), '422 UNKNOWN_ROLE', '200']);
    const username = uniqueName('clerk');
    const clerk = await newUser(tenant, { username, must_change_password: false });
    await tenant.ask('PUT', `/permissions/${clerk}`, {
      permissions: ['orgs.write', 'orgs.read'].map((permission) => ({ permission, granted: true })),
    });
    const own = await tenant.logIn(username);
    expect([
      await put({}, own),
      await put({ default_role: 'admin' }, own),
      await put({ auto_link: true }, own),
    ]).toEqual(['403 CANNOT_MANAGE_USER', '403 CANNOT_MANAGE_USER', '403 CANNOT_MANAGE_USER']);
  });

  test('is needed, and on', async () => {
    const tenant = await newAdministeredTenant('no-sso');
    const none = { ...tenant, issuer: '' };
    const off = await configured({ enabled: false });
    expect([
      outcome(await start(none)),
      outcome(await start({ ...none, id: 'org_999999' })),
      outcome(await start(off)),
      outcome(await finish(off, { code: 'c', state: 'state-1' })),
      outcome(await tenant.ask('GET', `/auth/salesforce/${tenant.id}`)),
    ]).toEqual(Array.from({ length: 5 }, () => '404 SSO_NOT_CONFIGURED'));
  });
});

local('a state', () => {
  test('is of one organization, one page and one log-in', async () => {
    const { tenant, identity } = await linked();
    const other = await configured();
    const arrived = await arrive(tenant, identity.subject);
    expect([
      outcome(await finish(other, arrived)),
      outcome(await finish(tenant, { ...arrived, redirect_uri: 'https://portal.example.com/' })),
      outcome(await finish(tenant, { ...arrived, iss: attacker.issuer })),
      outcome(await finish(tenant, { ...arrived, state: 'never-begun' })),
      outcome(await finish(tenant, { ...arrived, iss: provider.issuer })),
    ]).toEqual([...Array.from({ length: 4 }, () => '409 STATE_MISMATCH'), '200']);
  });

  test('that a client chooses is free for it, whatever others choose', async () => {
    const [tenant, other] = [await configured(), await configured()];
    const state = uniqueName('state');
    expect([
      outcome(await start(tenant, `&state=${state}`)),
      outcome(await start(tenant, `&state=${state}`)),
      outcome(await start(other, `&state=${state}`)),
      outcome(await start(tenant, '&state=short')),
      outcome(await start(tenant, `&redirect_uri=${encodeURIComponent('https://portal.example.com/')}`)),
    ]).toEqual(['200', '409 STATE_IN_USE', '200', '400 INVALID_PARAMETER', '422 REDIRECT_URI_NOT_ALLOWED']);
  });

  test('does not let a code go to another provider than it was begun with', async () => {
    const { tenant, identity } = await linked();
    const arrived = await arrive(tenant, identity.subject);
    const before = attacker.sent.length;
    await tenant.ask('PUT', `/auth/salesforce/${tenant.id}`, { client_id: clientId, login_url: attacker.issuer });
    expect(outcome(await finish(tenant, arrived))).toBe('409 STATE_MISMATCH');
    expect(attacker.sent).toHaveLength(before);
  });
});

local('an answer of the provider', () => {
  type Claims = Record<string, unknown>;
  type Forge = (claims: Claims, key: CryptoKey) => Promise<string> | string;
  const signed: Forge = (claims, key) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(key);
  const keyPair = () => generateKeyPair('RS256', { extractable: true });

  /** A log-in whose ID token the test forges. */
  async function forged(forge: Forge, more: { readonly rotates?: boolean } = {}): Promise<string> {
    const identity = newIdentity();
    const tenant = await configured({}, attacker.issuer);
    const user = await newUser(tenant);
    await tenant.ask('PUT', `/userforeignid/${tenant.id}/${user}`, {
      foreignIds: [{ foreignIdType: 'salesforce', foreignId: identity.long }],
    });
    let pair = await keyPair();
    const publish = async () => {
      const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
      attacker.answers.keys = () => ({ keys });
    };
    await publish();
    const started = texts(await start(tenant));
    if (more.rotates === true) {
      pair = await keyPair();
      await publish();
    }
    const now = Math.floor(Date.now() / 1_000);
    const nonce = new URL(started['authorization_url'] ?? '').searchParams.get('nonce');
    const claims = { iss: attacker.issuer, aud: clientId, sub: identity.subject, iat: now, exp: now + 300, nonce };
    const token = await forge(claims, pair.privateKey);
    attacker.answers.token = () => ({ access_token: 'a', token_type: 'Bearer', id_token: token });
    return outcome(await finish(tenant, { code: 'code', state: started['state'] }));
  }

  test('is accepted with a right ID token, also of a key that was rotated since the log-in began', async () => {
    expect([await forged(signed), await forged(signed, { rotates: true })]).toEqual(['200', '200']);
    expect(attacker.sent.at(-1)?.get('redirect_uri')).toBe(redirectUri);
    expect(attacker.sent.at(-1)?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  const with_ =
    (more: Claims): Forge =>
    (claims, key) =>
      signed({ ...claims, ...more }, key);
  test.each<[string, Forge]>([
    ['another nonce', with_({ nonce: 'other' })],
    ['no nonce', with_({ nonce: undefined })],
    ['another issuer', with_({ iss: 'https://login.salesforce.com' })],
    ['another audience', with_({ aud: 'another client' })],
    ['an end in the past', with_({ exp: 1_000 })],
    ['a subject that is no Salesforce user', with_({ sub: 'admin' })],
    ['the algorithm none', (claims) => new UnsecuredJWT(claims).encode()],
    [
      'the algorithm HS256 with the secret of the client',
      (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(clientSecret)),
    ],
    [
      'the algorithm PS256',
      async (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'PS256' }).sign((await generateKeyPair('PS256')).privateKey),
    ],
    ['a signature of another key', async (claims) => signed(claims, (await keyPair()).privateKey)],
    ['no ID token', () => ''],
  ])('is rejected with %s', async (_name, forge) => {
    expect(await forged(forge)).toBe('401 INVALID_ID_TOKEN');
  });

  test('that does not come is 503, in time', async () => {
    const tenant = await configured({}, attacker.issuer);
    const began = texts(await start(tenant))['state'];
    const outcomes: string[] = [];
    for (const state of ['silent', 500] as const) {
      attacker.answers.state = state;
      outcomes.push(outcome(await start(tenant)));
    }
    outcomes.push(outcome(await finish(tenant, { code: 'code', state: began })));
    attacker.answers.state = 'up';
    attacker.answers.document = { token_endpoint: 'https://169.254.169.254/token' };
    outcomes.push(outcome(await start(tenant)));
    attacker.answers.document = { issuer: provider.issuer };
    outcomes.push(outcome(await start(tenant)));
    attacker.answers.document = {};
    const gone = await configured({}, 'https://localhost:9');
    outcomes.push(outcome(await start(gone)));
    expect(outcomes).toEqual(Array.from({ length: 6 }, () => '503 SALESFORCE_UNAVAILABLE'));
  });
});

local('in the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, cloud.outputs.ApiUrl).href);

  /** A tenant whose console takes the code, and a person who goes to Salesforce from there. */
  async function leaveBy(more: Body = {}) {
    const page = new URL('/', cloud.outputs.ApiUrl).href;
    const { tenant, identity, user } = await linked({ client_id: nativeClientId, redirect_uris: [page], ...more });
    provider.letIn(identity.subject);
    const opened = await open(`/?org_id=${tenant.id}`);
    await opened.page.getByRole('button', { name: 'Use Salesforce' }).click();
    expect(await opened.page.getByLabel('Organization').inputValue()).toBe(tenant.id);
    await expectFlawless(opened.page, 'sign-in-salesforce');
    await opened.page.getByRole('button', { name: 'Continue at Salesforce' }).click();
    return { ...opened, tenant, user, home: page };
  }

  test('a person signs in, stays signed in, and no code stays in the address', async () => {
    const { page, user, home } = await leaveBy();
    await page.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.reload();
    await page.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
    const token = await page.evaluate<string>('sessionStorage.getItem("trunkline-token")');
    expect(dataOf(await cloud.api('/auth/session', { token, headers: json }))).toMatchObject({ sub: user });
    // A code that another page has sent signs no one in.
    const other = await open(`/?code=stolen&state=${'x'.repeat(32)}`);
    await other.page.getByText('This sign-in was not begun in this tab').waitFor();
    expect(other.page.url()).toBe(home);
  });

  test('a person who is not permitted, or whom Salesforce rejects, is told so', async () => {
    const { page, tenant } = await leaveBy();
    await page.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
    provider.letIn(newIdentity().subject);
    const { page: again } = await open(`/?org_id=${tenant.id}`);
    await again.getByRole('button', { name: 'Use Salesforce' }).click();
    await again.getByRole('button', { name: 'Continue at Salesforce' }).click();
    await again.getByText('SSO_USER_NOT_PERMITTED').waitFor();
    await again.evaluate('sessionStorage.setItem("trunkline-salesforce", JSON.stringify({ state: "abcdef" }))');
    await again.goto(new URL('/?error=access_denied&state=abcdef', cloud.outputs.ApiUrl).href);
    await again.getByText('Salesforce has not signed you in: access_denied').waitFor();
  });

  test('the second factor of the platform is asked for after Salesforce', async () => {
    const { page } = await leaveBy({ require_2fa: true });
    await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
  });
});
