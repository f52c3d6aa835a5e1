import { expect, test } from 'vitest';
import { incomingRequest } from '#test/support/requests.fixture.ts';
import { secretHash } from '../../schema/secret-hash.ts';
import type { Store } from '../../dynamodb/client.ts';
import { toAttributes } from '../../dynamodb/row.ts';
import { accessKeyRow, type AccessKeyItem } from '../../dynamodb/rows/access-key.ts';
import { credentialVerifier } from './credential.ts';

const now = new Date('2026-01-31T12:00:00.000Z');
const [secret, previous] = ['s'.repeat(43), 'p'.repeat(43)];
const key: AccessKeyItem = {
  id: 'key_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  org_id: 1001,
  user_id: 'usr_1',
  name: 'Deploy',
  detail: '',
  scopes: [],
  own_only: [],
  reach: 'own',
  hash: secretHash(secret),
  previous: { hash: secretHash(previous), valid_until: '2026-01-31T12:00:01.000Z' },
  allowed_ips: [],
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: 1_900_000_000,
  version: 1,
};
/** A store that has an access key, or nothing. */
const storeWith = (item: AccessKeyItem | undefined): Store => ({
  tableName: 'table',
  client: {
    send: async () => ({ Item: item === undefined ? undefined : toAttributes(accessKeyRow, 0, item) }),
  } as Store['client'],
});
const session = { session: 'ses_1', user: 'usr_1', organization: 1001, expiresAt: 1_900_000_000 };
const verify = (
  request: Parameters<typeof incomingRequest>[0],
  item: AccessKeyItem | undefined = key,
  at = now,
  ...endpoint: [{ readonly takesBasic: true }?]
) => credentialVerifier(storeWith(item), async () => session)(incomingRequest(request), at, ...endpoint);
const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });

test('a session token is accepted in the header only', async () => {
  expect(await verify(bearer('a.b.c'))).toMatchObject({ kind: 'session', id: 'ses_1', user: 'usr_1' });
  await expect(verify({ query: { accesskey: 'a.b.c' } })).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
});

test('an access key is accepted in header and query', async () => {
  const text = `${key.id}.${secret}`;
  for (const request of [bearer(text), { query: { accesskey: text } }])
    expect(await verify(request)).toMatchObject({ kind: 'accesskey', id: key.id, organization: 1001 });
});

test('an access key is the password of the name key where an endpoint takes Basic', async () => {
  const basic = (pair: string) => ({ headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } });
  const text = `${key.id}.${secret}`;
  expect(await verify(basic(`key:${text}`), key, now, { takesBasic: true })).toMatchObject({ kind: 'accesskey' });
  for (const pair of [`other:${text}`, text, `key:${key.id}.${'x'.repeat(43)}`, 'key:a.b.c'])
    await expect(verify(basic(pair), key, now, { takesBasic: true })).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  await expect(verify(basic(`key:${text}`))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
});

test('the header takes precedence over the query', async () => {
  expect(await verify({ ...bearer('a.b.c'), query: { accesskey: `${key.id}.${secret}` } })).toMatchObject({
    kind: 'session',
  });
});

test('the previous secret is valid until the end of its overlap', async () => {
  expect(await verify(bearer(`${key.id}.${previous}`))).toMatchObject({ kind: 'accesskey' });
  await expect(
    verify(bearer(`${key.id}.${previous}`), key, new Date('2026-01-31T12:00:01.000Z')),
  ).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
});

test.each([
  ['a wrong secret', bearer(`${key.id}.${'x'.repeat(43)}`)],
  ['a malformed key', bearer(`${key.id}.short`)],
  ['another scheme', { headers: { authorization: 'Basic YTpi' } }],
])('%s is rejected', async (_title, request) => {
  await expect(verify(request)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
});

test('an unknown key is rejected', async () => {
  const unknown = credentialVerifier(storeWith(undefined), async () => session);
  await expect(unknown(incomingRequest(bearer(`${key.id}.${secret}`)), now)).rejects.toMatchObject({
    code: 'INVALID_TOKEN',
  });
});

test('a request without a credential is unauthenticated', async () => {
  await expect(verify({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
});
