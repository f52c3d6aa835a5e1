import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newAdministeredTenant, outcome, tenantPassword, texts } from './tenant.fixture.ts';
import { operatorToken } from './cloud.ts';

test('an organization is suspended, resumed, closed and emptied, and its name is free again', async () => {
  const { ask, id, username: name, token } = await newAdministeredTenant('closing');
  const operator = operatorToken();
  await ask('PUT', '/groups', { name: 'Team' });
  expect(outcome(await ask('POST', '/orgs/me', { address: { city: 'Berlin' }, status: 'suspended' }))).toBe(
    '403 NOT_THE_PARENT',
  );
  expect([
    outcome(await ask('POST', `/orgs/${id}`, { status: 'suspended' }, { token: operator })),
    outcome(await ask('GET', '/orgs/me')),
    outcome(await ask('POST', `/orgs/${id}`, { status: 'active' }, { token: operator })),
  ]).toEqual(['200', '403 ORG_SUSPENDED', '200']);
  expect((await ask('GET', '/orgs/me')).body).toMatchObject({
    data: { id, counts: { users: 1, children: 0 } },
  });
  expect((await ask('GET', `/orgs?q=${name}`, undefined, { token: operator })).body).toMatchObject({
    total: 1,
    data: [{ id }],
  });

  const { id: trunk = '' } = texts(await ask('PUT', '/siptrunk/carrier', { name: 'Last', host: 'sip.example.com' }));
  expect(outcome(await ask('DELETE', `/orgs/${id}`, undefined, { token: operator }))).toBe('409 ORG_HAS_RESOURCES');
  await ask('DELETE', `/siptrunk/${trunk}`);
  expect([
    outcome(await ask('DELETE', `/orgs/${id}`, undefined, { token: operator })),
    outcome(await ask('GET', '/orgs/me', undefined, { token })),
  ]).toEqual(['200', '401 INVALID_TOKEN']);
  expect((await ask('GET', `/orgs/${id}`, undefined, { token: operator })).body).toMatchObject({
    data: { status: 'closed' },
  });
  await eventually(async () => {
    const again = await ask(
      'PUT',
      '/orgs',
      { name, country: 'DE', timezone: 'UTC', admin: { username: name, password: tenantPassword } },
      { token: operator },
    );
    if (again.status !== 201) throw new Error(`the names are still taken: ${outcome(again)}`);
  }, 20_000);
});
