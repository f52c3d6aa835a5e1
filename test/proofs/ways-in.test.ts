import { expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { endpoints } from '../authorization/matrix.ts';
import { textAt } from '../support/example-request.ts';
import { apiOfThisFile } from './in-process.ts';
import { openWays, type Opened } from './ways-in.ts';

/** What ends an account ends each of its ways in (functions/accounts/auth/README.md, "Ways in"). */

const api = apiOfThisFile();

/** Does the same to each of the accounts. */
const toEach =
  (request: (id: string) => readonly [method: string, path: string, body?: object]) =>
  async ({ tenant, accounts }: Opened): Promise<void> => {
    for (const { id } of Object.values(accounts)) await tenant.call(...request(id));
  };

async function setPasswords({ tenant, accounts: { program, ...people } }: Opened): Promise<void> {
  for (const { id } of Object.values(people)) {
    const body = { new_password: 'Velvet-Anchor-Plum-8', must_change: false };
    await tenant.call('POST', `/users/${id}/password`, body);
  }
  await tenant.call('POST', `/users/${program.id}/password`, { overlap_seconds: 0 });
}

const barring = {
  disabling: toEach((id) => ['POST', `/users/${id}`, { status: 'disabled' }]),
  revocation: toEach((id) => ['DELETE', `/clientaccess/${id}`]),
  deletion: toEach((id) => ['DELETE', `/users/${id}?force=true`]),
  'the closing of the organization': async ({ tenant, tenant: { organization } }: Opened) => {
    await tenant.call('DELETE', `/orgs/${organization}?confirm=${organization}`);
  },
} as const;

/** Opens all ways. @returns which of them are open 5 seconds after something happened to the accounts */
async function openAfter(happens: (opened: Opened) => Promise<void>): Promise<string[]> {
  let now = Date.now();
  const opened = await openWays(api(), () => new Date(now));
  // The SIP service knows the accounts before.
  for (const way of ['account of a phone', 'account of a softphone', 'phone line'])
    expect([way, await opened.ways[way]?.()]).toEqual([way, true]);
  await happens(opened);
  now += 5 * second;
  const open: string[] = [];
  for (const [way, isOpen] of Object.entries(opened.ways)) if (await isOpen()) open.push(way);
  return open;
}

/** Id of the access key of a user who has one. */
const onlyKeyOf = async (tenant: Opened['tenant'], user: string): Promise<string> =>
  textAt(await tenant.call('GET', `/accesskeys?user_id=${user}`), 'result', '0', 'id');

/** What has a secret of its own. */
const phones = [
  'account of a phone',
  'account of a softphone',
  'phone line',
  'file of a phone',
  'listener with a phone line',
];

test('each way is open while nothing happens', async () => {
  const all = Object.keys((await openWays(api(), () => new Date())).ways);
  expect(await openAfter(async () => undefined)).toEqual(all);
});

test.each(Object.entries(barring))('%s ends each', async (_name, happens) => {
  expect(await openAfter(happens)).toEqual([]);
});

test('a new password ends all but what has a secret of its own', async () => {
  expect(await openAfter(setPasswords)).toEqual([
    'access key',
    ...phones,
    'listener with an access key',
    'single sign-on',
  ]);
});

test('the answer of a new password counts what is left', async () => {
  const { tenant, accounts, ways } = await openWays(api(), () => new Date());
  const { id } = accounts.person;
  const body = { new_password: 'Velvet-Anchor-Plum-8' };
  const answers = [await tenant.call('POST', `/users/${id}/password`, body)];
  await tenant.call('DELETE', `/accesskeys/${await onlyKeyOf(tenant, id)}`);
  answers.push(await tenant.call('POST', `/users/${id}/password`, { new_password: 'Copper-Lantern-Sail-3' }));
  expect(answers).toMatchObject([
    { data: { still_valid: { access_keys: 1, devices: 2, phone_lines: 1 } } },
    { data: { still_valid: { access_keys: 0, devices: 2, phone_lines: 1 } } },
  ]);
  expect(await ways['access key']?.()).toBe(false);
});

/** Endpoints that take no credential: what of them opens an account is above. */
const endpointsOfWays = [
  'GET /auth/{entity}',
  'GET /provision/{deviceId}/{secret}/{file}',
  'POST /auth/login',
  'POST /auth/password/reset',
  'POST /auth/salesforce',
  'POST /auth/{entity}',
];
/** Those that open none: pages and documents, keys and pictures, what asks for an e-mail, confirms an address. */
const openToAll = [
  'ANY /errors',
  'GET /',
  'GET /.well-known/archive-keys.json',
  'GET /.well-known/jwks.json',
  'GET /auth/salesforce',
  'GET /branding',
  'GET /branding/images/{orgId}/{id}',
  'GET /console/{file}',
  'GET /documentation',
  'GET /documentation/assets/{file}',
  'GET /documentation/phone',
  'GET /documentation/redoc',
  'GET /documentation/simulator',
  'GET /documentation/swagger',
  'GET /email/confirm',
  'GET /health',
  'GET /openapi.json',
  'GET /stir/{file}',
  'POST /auth/password/forgot',
  'POST /email/confirm',
];

test('there is no other endpoint without a credential', () => {
  const open = endpoints.filter(({ scope }) => scope === 'public').map(({ route }) => route);
  expect(open.toSorted()).toEqual([...endpointsOfWays, ...openToAll].toSorted());
});
