import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newAdministeredTenant, outcome, tenantPassword, texts, uniqueName } from './tenant.fixture.ts';

test('a group grants calls and roles; a renamed group still does, a deleted one does not', async () => {
  const { ask, logIn } = await newAdministeredTenant('groups');
  const username = uniqueName('bert');
  const { id: user = '' } = texts(
    await ask('PUT', '/users', { username, password: tenantPassword, must_change_password: false, roles: ['viewer'] }),
  );
  const { id: group = '' } = texts(await ask('PUT', '/groups', { name: 'Agents', roles: ['billing'] }));
  expect(outcome(await ask('PUT', `/groups/${group}/members`, { user_ids: [user] }))).toBe('200');
  await ask('PUT', '/dialplan/policy', {
    name: 'For agents',
    status: 'active',
    conditions: { pattern: '^9', user_groups: ['Agents'] },
    actions: { allow: true, gateway: 'pstn' },
  });
  const decides = async (): Promise<unknown> =>
    (
      (await ask('POST', '/dialplan/evaluate', { called: '900', user_id: user })).body as {
        decision: { reason: string };
      }
    ).decision.reason;
  const token = await logIn(username);
  expect([await decides(), outcome(await ask('GET', '/orgs/me', undefined, { token }))]).toEqual([
    'POLICY_ALLOW',
    '200',
  ]);

  expect([
    outcome(await ask('POST', `/groups/${group}`, { name: 'Crew' })),
    outcome(await ask('POST', `/groups/${group}?force=true`, { name: 'Crew' })),
    await decides(),
  ]).toEqual(['409 GROUP_REFERENCED', '200', 'POLICY_ALLOW']);
  expect([outcome(await ask('POST', `/groups/${group}`, { status: 'inactive' })), await decides()]).toEqual([
    '200',
    'NOT_IN_GROUP',
  ]);
  expect(outcome(await ask('DELETE', `/groups/${group}?force=true`))).toBe('200');
  await eventually(async () => {
    const { groups } = texts(await ask('GET', `/users/${user}`));
    if (String(groups) !== '') throw new Error(`still in ${String(groups)}`);
  }, 15_000);
  expect((await ask('GET', '/groups')).body).toMatchObject({ data: [] });
});
