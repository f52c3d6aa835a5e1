import { beforeAll, describe, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { callerOf, tenantsIn, userOf } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { deviceBody } from './example-requests.fixture.ts';
import { deviceHandler, maySeeUrl, newTemplate, readTemplate } from './handler.ts';

const organization = 5_400;
const user = 'usr_limited';

const stores = testStore();
let handler: ApiHandler;
const tokens = { admin: '', limited: '' };

beforeAll(async () => {
  const tenants = await tenantsIn(stores.store);
  tokens.admin = await tenants.join(organization);
  tokens.limited = await tenants.join(organization, {
    user: { id: user, roles: ['admin'] },
    session: { own_only: ['telephony:write'] },
  });
  handler = deviceHandler({
    ...testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://trunkline.test' } }),
    secrets: rotatedSecret(),
  });
});

type Asked = { readonly params?: Readonly<Record<string, string>>; readonly json?: object };

const ask = (route: string, asked: Asked, token = tokens.limited) => call(handler, route, { token, ...asked });
const save = (more: object, token?: string) =>
  ask('PUT /devices/{id}', { params: { id: 'phone' }, json: { ...deviceBody({ mark: 'Desk' }), ...more } }, token);

describe('a caller whose telephony:write is limited to its own resources', () => {
  test('writes its own devices, but gives none away', async () => {
    const created = await save({ user_id: user });
    expect(created.status).toBe(201);
    const params = { id: textAt(created.body, 'data', 'id') };
    const change = (json: object) => ask('POST /devices/{id}', { params, json });
    expect((await change({ name: 'Desk' })).status).toBe(200);
    expect((await change({ user_id: null })).body.error.code).toBe('INSUFFICIENT_SCOPE');
    expect((await ask('DELETE /devices/{id}', { params })).status).toBe(200);
  });

  test('does not learn how many devices another user may have', async () => {
    const other = 'usr_other';
    const tenants = await tenantsIn(stores.store);
    await tenants.join(organization, { user: { id: other, access: { ...userOf(other, {}).access, device_limit: 0 } } });
    expect((await save({ user_id: other }, tokens.admin)).body.error.code).toBe('DEVICE_LIMIT');
    expect((await save({ user_id: other })).body.error.code).toBe('INSUFFICIENT_SCOPE');
  });

  test('sees the secret URL of its own devices only', async () => {
    const idOf = async (more: object) => textAt((await save(more, tokens.admin)).body, 'data', 'id');
    const [own, other] = [await idOf({ user_id: user }), await idOf({})];
    const { body } = await ask('GET /devices', {});
    const listed: Readonly<Record<string, unknown>>[] = JSON.parse(JSON.stringify(body.data));
    const urlIn = (id: string) => listed.find((device) => device['id'] === id)?.['provisioning_url'];
    expect([urlIn(own), urlIn(other)]).toEqual([expect.stringContaining('/provision/'), null]);
    const get = async (id: string) =>
      (await ask('GET /devices/{id}', { params: { id } })).body.data['provisioning_url'];
    expect([await get(own), await get(other)]).toEqual([expect.stringContaining('/provision/'), null]);
  });
});

const writer = callerOf(1001, { id: 'usr_1', scopes: new Set(['telephony:read', 'telephony:write'] as const) });
const limited = { ...writer, ownOnly: new Set(['telephony:write'] as const) };

test.each([
  ['who may change every device', writer, 'usr_2', true],
  ['who may change its own', limited, 'usr_1', true],
  ['who may change its own, of another', limited, 'usr_2', false],
  ['who may change its own, of none', limited, null, false],
  ['who may only read', { ...writer, scopes: new Set(['telephony:read'] as const) }, 'usr_1', false],
])('a caller %s sees the provisioning URL: %#', (_who, caller, user_id, sees) => {
  expect(maySeeUrl(caller, { user_id })).toBe(sees);
});

const at = '2026-11-21T12:00:00.000Z';
const file = {
  id: 'file_1',
  name: 'Phones',
  kind: 'provisioning_template',
  description: null,
  content: { number: 2, content_type: 'text/plain', size: 1, sha256: 'ab' },
  upload: null,
  created_by: null,
  created_at: at,
  updated_at: at,
  version: 1,
} as const;
const store = {
  template: async (id: string) => (id === 'file_1' ? { file, text: 'x' } : { file: undefined, text: undefined }),
};
const template = { id: 'file_1', number: 2 };

test('a body names a template, the built-in one, or none', async () => {
  expect(await readTemplate(store, 'file_1')).toEqual(template);
  expect(await readTemplate(store, 'tmpl_standard')).toBeUndefined();
  expect(await readTemplate(store, undefined)).toBeUndefined();
  await expect(readTemplate(store, 'file_2')).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});

test('a new device gets the kept template, unless the body names one or it is gone', async () => {
  expect(await newTemplate(store, {}, { template_id: 'file_1' })).toEqual(template);
  expect(await newTemplate(store, { template_id: 'tmpl_standard' }, { template_id: 'file_1' })).toBeUndefined();
  expect(await newTemplate(store, {}, { template_id: 'file_2' })).toBeUndefined();
  await expect(newTemplate(store, { template_id: 'file_2' }, { template_id: 'file_1' })).rejects.toThrow('template');
  const broken = { template: () => Promise.reject(new Error('the table is away')) };
  await expect(newTemplate(broken, {}, { template_id: 'file_1' })).rejects.toThrow('the table is away');
});
