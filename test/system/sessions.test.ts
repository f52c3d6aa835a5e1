import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { operatorToken, connect } from './cloud.ts';
import { json, newAdministeredTenant, newKey, outcome, type AdministeredTenant } from './tenant.fixture.ts';

/** Sessions, and what ends a credential (functions/accounts/README.md, "Sessions"). */

const cloud = connect();
const Sessions = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      client: z.string(),
      ip: z.string(),
      user_agent: z.string(),
      created_at: z.string(),
      last_seen_at: z.string(),
      expires_at: z.string(),
      current: z.boolean(),
    }),
  ),
  total: z.int(),
});

let operator = '';
let tenant: AdministeredTenant;
beforeAll(async () => {
  operator = operatorToken();
  tenant = await newAdministeredTenant('tenant');
});

const statusWith = async (token: string) => outcome(await cloud.api('/siptrunk', { headers: json, token }));
const sessionsOf = async (token: string) =>
  Sessions.parse((await cloud.api('/auth/sessions', { headers: json, token })).body).data;

test('a session is listed, and rejected at the next request after another session ends it', async () => {
  const second = await tenant.logIn(tenant.username);
  const listed = await sessionsOf(second);
  expect(listed.map(({ current }) => current)).toEqual([true, false]);
  const end = async (id = '') =>
    outcome(await cloud.api(`/auth/sessions/${id}`, { method: 'DELETE', headers: json, token: tenant.token }));
  expect([
    await end(listed[0]?.id),
    await statusWith(second),
    await end(listed[0]?.id),
    await statusWith(tenant.token),
  ]).toEqual(['200', '401 INVALID_TOKEN', '404 NOT_FOUND', '200']);
  const [operators] = await sessionsOf(operator);
  expect(await end(operators?.id)).toBe('404 NOT_FOUND');
});

test('POST /auth/login answers token and name in its own format', async () => {
  const { status, body, headers } = await cloud.api(`${cloud.basePaths.at(-1) ?? ''}/auth/login`, {
    method: 'POST',
    json: { username: tenant.username, password: tenant.password },
  });
  const { token } = z.strictObject({ token: z.string(), username: z.literal(tenant.username) }).parse(body);
  expect([status, headers.get('cache-control'), await statusWith(token)]).toEqual([200, 'no-store', '200']);
  expect(outcome(await cloud.api('/auth/login', { method: 'POST', json: { username: tenant.username } }))).toBe(
    '400 missing_field',
  );
});

describe('session and access key are rejected at the next request', () => {
  const credentials = async (of: AdministeredTenant) => [of.token, (await newKey(cloud, of.token)).token];
  const statusesWith = async (tokens: readonly string[]) => Promise.all(tokens.map(statusWith));

  test('after their user is disabled', async () => {
    const made = await newAdministeredTenant('tenant');
    const tokens = await credentials(made);
    expect(await statusesWith(tokens)).toEqual(['200', '200']);
    // The only administrator cannot be disabled; the operator creates a second one first.
    const path = (id = '') => `/users${id}?org_id=${made.organization}`;
    const second = await cloud.api(path(), {
      method: 'PUT',
      headers: json,
      token: operator,
      json: { username: `${made.username}-2`, password: 'Silver-Heron-Bridge-7', roles: ['admin'] },
    });
    expect(outcome(second)).toBe('201');
    expect(
      outcome(
        await cloud.api(path(`/${made.userId}`), {
          method: 'POST',
          headers: json,
          token: operator,
          json: { status: 'disabled' },
        }),
      ),
    ).toBe('200');
    expect(await statusesWith(tokens)).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
    expect(
      outcome(
        await cloud.api(path(`/${made.userId}`), {
          method: 'POST',
          headers: json,
          token: operator,
          json: { status: 'active' },
        }),
      ),
    ).toBe('200');
    // An access key is valid again with its user; an ended session is not.
    expect(await statusesWith(tokens)).toEqual(['401 INVALID_TOKEN', '200']);
  });

  test('after their organization is suspended, and permanently after it is closed', async () => {
    const made = await newAdministeredTenant('tenant');
    const tokens = await credentials(made);
    const status = async (wanted: string) =>
      outcome(
        await cloud.api(`/orgs/${made.organization}`, {
          method: 'POST',
          headers: json,
          token: operator,
          json: { status: wanted },
        }),
      );
    expect([await status('suspended'), ...(await statusesWith(tokens))]).toEqual([
      '200',
      '403 ORG_SUSPENDED',
      '403 ORG_SUSPENDED',
    ]);
    expect([await status('active'), ...(await statusesWith(tokens))]).toEqual(['200', '200', '200']);
    expect(
      outcome(await cloud.api(`/orgs/${made.organization}`, { method: 'DELETE', headers: json, token: operator })),
    ).toBe('200');
    expect(await statusesWith(tokens)).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
  });
});
