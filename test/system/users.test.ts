import { expect, test } from 'vitest';
import { newAdministeredTenant, outcome, tenantPassword, texts, uniqueName } from './tenant.fixture.ts';

test('a user is created, found, updated and deleted, and its token ends with it', async () => {
  const { ask, logIn } = await newAdministeredTenant('users');
  const username = uniqueName('anna');
  const made = await ask('PUT', '/users', {
    username,
    first_name: 'Ännchen',
    email: `${username}@example.com`,
    password: tenantPassword,
    must_change_password: false,
    roles: ['viewer'],
  });
  expect(outcome(made)).toBe('201');
  const { id = '' } = texts(made);
  const token = await logIn(username);
  expect((await ask('GET', '/users?q=annchen&sort=username')).body).toMatchObject({
    total: 1,
    data: [{ id, status: 'active', timezone: 'Europe/Berlin' }],
  });
  expect([
    outcome(await ask('POST', `/users/${id}`, { extension: '201', roles: ['agent'] })),
    outcome(await ask('GET', '/users/me', undefined, { token })),
  ]).toEqual(['200', '200']);
  expect(outcome(await ask('GET', '/orgs/me', undefined, { token }))).toBe('403 INSUFFICIENT_SCOPE');
  expect([
    outcome(await ask('DELETE', `/users/${id}`)),
    outcome(await ask('GET', '/users/me', undefined, { token })),
    outcome(await ask('GET', `/users/${id}`)),
  ]).toEqual(['200', '401 INVALID_TOKEN', '404 NOT_FOUND']);
});

test('a service account logs in with its secret, which only its creation shows', async () => {
  const { ask } = await newAdministeredTenant('services');
  const made = texts(await ask('PUT', '/users', { type: 'service', username: 'Switch', roles: ['ingest'] }));
  const session = await ask('POST', '/auth/service', {
    client_id: made['client_id'],
    client_secret: made['client_secret'],
  });
  expect([outcome(session), texts(session)['scope']]).toEqual(['200', 'cdr:write,events:write']);
});
