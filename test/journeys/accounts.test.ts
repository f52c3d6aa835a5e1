import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connect, operatorToken } from '../system/cloud.ts';
import {
  askAsOperator,
  json,
  newAdministeredTenant,
  newKey,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type Body,
} from '../system/tenant.fixture.ts';

/** Accounts from outside: a customer is signed, its people log in, and it leaves again. */

const cloud = connect();
const isLocal = cloud.outputs['AwsEndpointUrl'] !== undefined;
const outbox = join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'email');

const as = (token: string) => async (method: string, path: string, body?: object) =>
  cloud.api(path, { method, headers: json, token, ...(body === undefined ? {} : { json: body }) });
const logIn = async (username: string, password: string) =>
  cloud.api('/auth/user', { method: 'POST', headers: json, json: { username, password } });

test('the administrator of a new customer changes the generated password, makes a key, and logs out', async () => {
  const name = uniqueName('customer');
  const made = await askAsOperator('PUT', '/orgs', {
    ...{ name, country: 'DE', timezone: 'Europe/Berlin', admin: { username: name } },
  });
  const { admin_password: generated = '', admin_user_id: id = '', id: organization } = texts(made);
  const token = texts(await logIn(name, generated))['token'] ?? '';
  const ask = as(token);
  expect(outcome(await ask('GET', '/siptrunk'))).toBe('403 PASSWORD_CHANGE_REQUIRED');
  const change = { current_password: generated, new_password: tenantPassword };
  expect(outcome(await ask('POST', `/users/${id}/password`, change))).toBe('200');
  expect(texts(await ask('GET', '/auth/session'))).toMatchObject({ sub: id, org_id: organization, roles: ['admin'] });

  const { body: keys } = await cloud.api('/.well-known/jwks.json');
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys as JSONWebKeySet), { audience: 'platform-api' });
  expect(payload).toMatchObject({ org: organization });

  const key = await newKey(cloud, token, { scopes: ['telephony:read'] });
  const withKey = as(key.token);
  expect([
    outcome(await withKey('GET', '/siptrunk')),
    outcome(await cloud.api(`/siptrunk?accesskey=${key.token}`, { headers: json })),
    outcome(await withKey('PUT', '/siptrunk/carrier', {})),
    outcome(await ask('GET', '/siptrunk?org_id=1000')),
  ]).toEqual(['200', '200', '403 INSUFFICIENT_SCOPE', '403 FORBIDDEN_ORG']);
  expect(outcome(await ask('DELETE', '/auth'))).toBe('200');
  expect([outcome(await ask('GET', '/siptrunk')), outcome(await withKey('GET', '/siptrunk'))]).toEqual([
    '401 INVALID_TOKEN',
    '200',
  ]);
});

test.skipIf(!isLocal)('a person that forgot the password sets a new one by the token of an e-mail', async () => {
  const tenant = await newAdministeredTenant('forgetful');
  const email = `${tenant.username}@example.com`;
  await tenant.ask('POST', `/users/${tenant.userId}`, { email });
  const post = (path: string, body: object) =>
    cloud.api(`/auth/password/${path}`, { method: 'POST', headers: json, json: body });
  expect((await post('forgot', { email })).status).toBe(202);
  const [sent] = await eventually(async () => {
    const { body } = await tenant.ask('GET', '/email?template=password_reset&status=delivered');
    const { data } = body as { data: Body[] };
    expect(data).toHaveLength(1);
    return data;
  }, 60_000);
  const message = readFileSync(join(outbox, `${String(sent?.['email_id'])}.eml`), 'utf8').replaceAll('=\r\n', '');
  const token = /minutes: ([\w-]{43})/.exec(message)?.[1] ?? '';
  const password = 'Marble-Kettle-Drum-5';
  expect([
    outcome(await post('reset', { token, password })),
    (await post('reset', { token, password })).status,
  ]).toEqual(['200', 401]);
  expect(outcome(await tenant.ask('GET', '/auth/session'))).toBe('401 INVALID_TOKEN');
  expect([
    outcome(await logIn(tenant.username, tenant.password)),
    outcome(await logIn(tenant.username, password)),
  ]).toEqual(['401 INVALID_CREDENTIALS', '200']);
});

test('what a group grants ends with its deletion, and an organization that is closed is emptied', async () => {
  const { ask, id, username: name, logIn: logInUser } = await newAdministeredTenant('closing');
  const operator = { token: operatorToken() };
  const username = uniqueName('bert');
  const person = { username, password: tenantPassword, must_change_password: false, roles: ['ingest'] };
  const { id: user = '' } = texts(await ask('PUT', '/users', person));
  const { id: group = '' } = texts(await ask('PUT', '/groups', { name: 'Agents', roles: ['viewer'] }));
  expect(outcome(await ask('PUT', `/groups/${group}/members`, { user_ids: [user] }))).toBe('200');
  const own = as(await logInUser(username));
  expect(outcome(await own('GET', '/orgs/me'))).toBe('200');
  expect(outcome(await ask('DELETE', `/groups/${group}`))).toBe('200');
  await eventually(async () => {
    expect(String(texts(await ask('GET', `/users/${user}`))['groups'])).toBe('');
    expect(outcome(await own('GET', '/orgs/me'))).toBe('403 INSUFFICIENT_SCOPE');
  }, 15_000);

  const hook = { url: 'https://hooks.example.com/all', events: ['trunk.*'] };
  const { id: webhook = '' } = texts(await ask('PUT', '/webhooks/new', hook));
  const path = `/webhooks/${webhook}?org_id=${id}`;
  expect(outcome(await ask('GET', path, undefined, operator))).toBe('200');
  expect(outcome(await ask('DELETE', `/orgs/${id}`, undefined, operator))).toBe('200');
  expect(outcome(await ask('GET', '/orgs/me'))).toBe('401 INVALID_TOKEN');
  await eventually(async () => {
    expect(outcome(await ask('GET', path, undefined, operator))).toBe('404 NOT_FOUND');
    const again = { name, country: 'DE', timezone: 'UTC', admin: { username: name, password: tenantPassword } };
    expect(outcome(await askAsOperator('PUT', '/orgs', again))).toBe('201');
  }, 20_000);
});
