import { expect, test } from 'vitest';
import { newAdministeredTenant, outcome, tenantPassword, texts, uniqueName } from './tenant.fixture.ts';

test('revoked permissions end with the next request, granted ones begin with the next log-in', async () => {
  const { ask, logIn } = await newAdministeredTenant('permissions');
  const username = uniqueName('carl');
  const { id = '' } = texts(
    await ask('PUT', '/users', { username, password: tenantPassword, must_change_password: false, roles: ['ingest'] }),
  );
  expect(
    outcome(await ask('PUT', '/permissions/auditor', { permissions: [{ permission: 'orgs.read', granted: true }] })),
  ).toBe('201');
  const early = await logIn(username);
  expect(outcome(await ask('PUT', `/permissions/${id}`, { roles: ['ingest', 'auditor'] }))).toBe('200');
  const late = await logIn(username);
  const reads = async (token: string): Promise<string> => outcome(await ask('GET', '/orgs/me', undefined, { token }));
  expect([await reads(early), await reads(late)]).toEqual(['403 INSUFFICIENT_SCOPE', '200']);
  await ask('PUT', `/permissions/${id}`, { permissions: [{ permission: 'orgs:read', granted: false }] });
  expect(await reads(late)).toBe('403 INSUFFICIENT_SCOPE');
  const own = await ask('GET', `/permissions/${id}?scope=org`, undefined, { token: late });
  expect([
    outcome(own),
    (own.body as { data: { permissions: { source: string }[] } }).data.permissions.find(
      ({ source }) => source === 'deny:direct',
    ),
  ]).toEqual(['200', { permission: 'orgs.read', scope: 'org', granted: false, source: 'deny:direct' }]);
});
