import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newTenant, outcome, tenantPassword, texts, uniqueName } from '../support/tenant.fixture.ts';
import { operatorToken } from './cloud.ts';

test('an organization is suspended, resumed, closed and emptied, and its name is free again', async () => {
  const name = uniqueName('closing');
  const { ask, number, admin } = await newTenant(name);
  const operator = operatorToken();
  await ask('PUT', '/groups', { name: 'Team' });
  expect(outcome(await ask('POST', '/orgs/me', { address: { city: 'Berlin' }, status: 'suspended' }))).toBe(
    '403 NOT_THE_PARENT',
  );
  expect([
    outcome(await ask('POST', `/orgs/${number}`, { status: 'suspended' }, operator)),
    outcome(await ask('GET', '/orgs/me')),
    outcome(await ask('POST', `/orgs/${number}`, { status: 'active' }, operator)),
  ]).toEqual(['200', '403 ORG_SUSPENDED', '200']);
  expect((await ask('GET', '/orgs/me')).body).toMatchObject({
    data: { id: number, counts: { users: 1, children: 0 } },
  });
  expect((await ask('GET', `/orgs?q=${name}`, undefined, operator)).body).toMatchObject({
    total: 1,
    data: [{ id: number }],
  });

  const { id: trunk = '' } = texts(await ask('PUT', '/siptrunk/carrier', { name: 'Last', host: 'sip.example.com' }));
  expect(outcome(await ask('DELETE', `/orgs/${number}`, undefined, operator))).toBe('409 ORG_HAS_RESOURCES');
  await ask('DELETE', `/siptrunk/${trunk}`);
  expect([
    outcome(await ask('DELETE', `/orgs/${number}`, undefined, operator)),
    outcome(await ask('GET', '/orgs/me', undefined, admin)),
  ]).toEqual(['200', '401 INVALID_TOKEN']);
  expect((await ask('GET', `/orgs/${number}`, undefined, operator)).body).toMatchObject({ data: { status: 'closed' } });
  await eventually(async () => {
    const again = await ask(
      'PUT',
      '/orgs',
      { name, country: 'DE', timezone: 'UTC', admin: { username: name, password: tenantPassword } },
      operator,
    );
    if (again.status !== 201) throw new Error(`the names are still taken: ${outcome(again)}`);
  }, 20_000);
});
