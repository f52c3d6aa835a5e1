import { request } from 'node:http';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { expect, test } from 'vitest';
import { adminPassword, connect, operatorToken, type Answer } from './cloud.ts';
import { outcome, texts } from './tenant.fixture.ts';

/** Accounts over HTTP (functions/accounts/README.md). */

const cloud = connect();
const suffix = Math.random().toString(36).slice(2, 10);
const accept = { accept: 'application/json' };

const logIn = (username: string, password: string): Promise<Answer> =>
  cloud.api('/auth/user', { method: 'POST', headers: accept, json: { username, password } });

const operator = operatorToken();

test('the administrator of a new tenant changes the generated password, sends requests, and logs out', async () => {
  const made = await cloud.api('/orgs', {
    method: 'PUT',
    headers: accept,
    token: operator,
    json: {
      name: `Tenant ${suffix}`,
      country: 'DE',
      timezone: 'Europe/Berlin',
      admin: { username: `tenant-${suffix}` },
    },
  });
  expect(made.status).toBe(201);
  const { admin_password: generated = '', admin_user_id: id = '', org_id: number } = texts(made);
  const token = texts(await logIn(`tenant-${suffix}`, generated))['token'] ?? '';
  expect(outcome(await cloud.api('/siptrunk', { headers: accept, token }))).toBe('403 PASSWORD_CHANGE_REQUIRED');

  const changed = await cloud.api(`/users/${id}/password`, {
    method: 'POST',
    headers: accept,
    token,
    json: { current_password: generated, new_password: 'Amber-Falcon-Ridge-2' },
  });
  expect(outcome(changed)).toBe('200');
  const session = await cloud.api('/auth/session', { headers: accept, token });
  expect(texts(session)).toMatchObject({
    sub: id,
    org_id: `org_${number}`,
    reach: 'own',
    roles: ['admin'],
    password_change_required: false,
  });
  expect(outcome(await cloud.api('/siptrunk', { headers: accept, token }))).toBe('200');
  expect(outcome(await cloud.api('/siptrunk?org_id=1000', { headers: accept, token }))).toBe('403 FORBIDDEN_ORG');
  expect(outcome(await cloud.api('/orgs', { method: 'PUT', headers: accept, token, json: {} }))).toBe(
    '403 NOT_A_SELLER',
  );

  expect(outcome(await cloud.api('/auth', { method: 'DELETE', headers: accept, token }))).toBe('200');
  expect(outcome(await cloud.api('/siptrunk', { headers: accept, token }))).toBe('401 INVALID_TOKEN');
});

/** `fetch` sends no body with GET; curl does. */
const getWithBody = (
  path: string,
  json: unknown,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify(json);
    const url = new URL(cloud.outputs.ApiUrl.replace(/\/$/, '') + path);
    const sent = request(
      url,
      {
        method: 'GET',
        headers: { ...accept, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

test('a log-in by GET with a JSON body succeeds, and so does a log-in by POST with a form', async () => {
  const reply = await getWithBody(`${cloud.basePaths.at(-1) ?? ''}/auth/user`, {
    username: 'admin',
    password: adminPassword,
  });
  expect(reply.status).toBe(200);
  expect(reply.headers).toMatchObject({
    deprecation: '@1704067200',
    link: '</auth/user>; rel="successor-version"',
    'cache-control': 'no-store',
  });
  expect(reply.body).toContain('"status":"success"');
  const form = await cloud.api('/auth/admin', {
    method: 'POST',
    headers: accept,
    body: new URLSearchParams({ username: 'admin', password: adminPassword }),
  });
  expect(outcome(form)).toBe('200');
});

test('a token is verified with the published keys', async () => {
  const { body } = await cloud.api('/.well-known/jwks.json');
  const { payload } = await jwtVerify(operator, createLocalJWKSet(body as JSONWebKeySet), { audience: 'platform-api' });
  expect(payload).toMatchObject({ org: 'org_1000', iss: expect.stringMatching(/^https?:/) });
});

test('a wrong password is rejected in the format that the client accepts', async () => {
  const asXml = await cloud.api('/auth/user', {
    method: 'POST',
    json: { username: `nobody-${suffix}`, password: 'wrong' },
  });
  expect(asXml.status).toBe(401);
  expect(asXml.headers.get('www-authenticate')).toBe('Bearer');
  expect(asXml.body).toContain('<reason>INVALID_CREDENTIALS</reason>');
});
