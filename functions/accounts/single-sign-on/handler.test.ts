import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { foreignIdValueRow } from '../foreign-ids/row.ts';
import { singleSignOnHandler } from './handler.ts';
import { clientSecretRow, setUpRow } from './row.ts';
import { changeSetUp, type SalesforceChange } from './set-up.ts';

/** Requests in one process at the same time; test/system/accounts/single-sign-on.test.ts has real providers. */

const stores = testStore();

const loginUrl = 'https://acme.my.salesforce.com';
const salesforceId = '001D000000IRFmaIAH';
const page = 'https://portal.example.com/sso';

/** A provider that signs a given nonce. */
async function newProvider() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
  const of = { nonce: '', codes: 0 };
  const replies: Readonly<Record<string, () => Promise<object> | object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer: loginUrl,
      authorization_endpoint: `${loginUrl}/authorize`,
      token_endpoint: `${loginUrl}/token`,
      jwks_uri: `${loginUrl}/keys`,
      response_types_supported: ['code'],
    }),
    '/keys': () => ({ keys }),
    '/token': async () => {
      of.codes += 1;
      const now = Math.floor(Date.now() / 1_000);
      const claims = { iss: loginUrl, aud: 'c', sub: salesforceId, iat: now, exp: now + 300, nonce: of.nonce };
      const token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey);
      return { access_token: 'a', token_type: 'Bearer', id_token: token, instance_url: `${loginUrl}/instance` };
    },
  };
  const outbound: Outbound = {
    check: async () => null,
    send: async ({ url }) => {
      const body = await replies[new URL(url).pathname]?.();
      const headers = { 'content-type': 'application/json' };
      return { status: body === undefined ? 404 : 200, headers, excerpt: JSON.stringify(body ?? {}), duration_ms: 1 };
    },
  };
  return { outbound, of };
}

let organizations = 8_000;
/** An organization with a linked user, whose people log in by a provider. */
async function signedOn(wanted: SalesforceChange = {}) {
  const number = (organizations += 1);
  const { outbound, of } = await newProvider();
  const clock = manualClock(new Date().toISOString());
  const secrets = memorySecrets({ 'sealing-keys': '{"generation":0,"key":"made"}' });
  const dependencies = { ...testDependencies(stores.store, { clock, secrets }), outbound };
  await addOrganization(stores.store, number);
  const { user } = await addUser(stores.store, `person-${number}`, { organization: number });
  const body = { client_id: 'c', client_secret: 's', redirect_uris: [page], login_url: loginUrl, ...wanted };
  const client_secret = await sealsFrom(secrets).seal('s', {
    ...{ organization: number, id: 'salesforce', field: 'client_secret' },
  });
  await commit(stores.store, number, [
    create(setUpRow, changeSetUp(undefined, body, [], clock.now().toISOString())),
    create(clientSecretRow, { resource: 'salesforce', client_secret, version: 1 }),
    create(foreignIdValueRow, { type: 'salesforce', value: salesforceId, owner: user.id }),
  ]);
  const handler = singleSignOnHandler(dependencies);
  const start = async (): Promise<string> => {
    const { data } = (await call(handler, 'GET /auth/salesforce', { query: { org_id: String(number) } })).body;
    of.nonce = new URL(data['authorization_url'] ?? '').searchParams.get('nonce') ?? '';
    return data['state'] ?? '';
  };
  const finish = (state: string): Promise<Reply> =>
    call(handler, 'POST /auth/salesforce', { json: { org_id: number, code: 'code', redirect_uri: page, state } });
  return { number, user, of, clock, start, finish };
}

test('of 64 requests with one state in one process one sends the code, and gets in', async () => {
  const { number, user, of, start, finish } = await signedOn();
  const state = await start();
  const replies = await Promise.all(Array.from({ length: 64 }, () => finish(state)));
  const counts = Map.groupBy(outcomes(replies), (each) => each);
  expect([...counts].map(([each, all]) => [each, all.length]).toSorted()).toEqual([
    ['200', 1],
    ['409 STATE_MISMATCH', 63],
  ]);
  expect(of.codes).toBe(1);
  expect(replies.find(({ status }) => status === 200)?.body.data).toMatchObject({
    user: { id: user.id, salesforce_user_id: salesforceId },
    salesforce: { instance_url: `${loginUrl}/instance`, access_token: 'a' },
  });
  expect((await eventsOf(stores.store, number)).filter(({ type }) => type === 'auth.login')).toHaveLength(1);
});

test('a state is used up even if the provider answers with a wrong nonce, and ends after 300 seconds', async () => {
  const { number, of, clock, start, finish } = await signedOn();
  const state = await start();
  of.nonce = 'another';
  expect(outcomes([await finish(state), await finish(state)])).toEqual(['401 INVALID_ID_TOKEN', '409 STATE_MISMATCH']);
  const late = await start();
  clock.advance(300);
  expect(outcomes([await finish(late)])).toEqual(['409 STATE_MISMATCH']);
  expect(of.codes).toBe(1);
  const failures = (await eventsOf(stores.store, number)).filter(({ type }) => type === 'auth.login_failed');
  expect(failures.map(({ data }) => data['reason']).toSorted()).toEqual([
    ...['INVALID_ID_TOKEN', 'STATE_MISMATCH', 'STATE_MISMATCH'],
  ]);
});
