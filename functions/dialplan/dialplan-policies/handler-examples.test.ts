import { beforeAll, describe, expect, test } from 'vitest';
import { examples, missingFields, initialState } from '#test/system/dialplan-examples.fixture.ts';
import { policyIn } from '#test/system/dialplan.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body } from '#test/system/tenant.fixture.ts';
import { dialplanPolicies } from './contract.ts';
import { policyApi } from './handler.ts';
import { dialplanTemplate } from '../dialplan-template/contract.ts';
import { templateApi } from '../dialplan-template/handler.ts';
import { dialplanEvaluator } from '../dialplan-evaluator/contract.ts';
import { evaluator } from '../dialplan-evaluator/handler.ts';
import { dialplanSearch } from '../dialplan-search/contract.ts';
import { searchApi } from '../dialplan-search/handler.ts';
import { dialplanHistory } from '../dialplan-history/contract.ts';
import { historyApi } from '../dialplan-history/handler.ts';
import { dialplanDependencies } from '../dialplan-dependencies/contract.ts';
import { dependenciesApi } from '../dialplan-dependencies/handler.ts';
import { dialplanGroups } from '../dialplan-groups/contract.ts';
import { dialplanGroupsApi } from '../dialplan-groups/handler.ts';
import { groups } from '../../accounts/groups/contract.ts';
import { groupsHandler } from '../../accounts/groups/handler.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';

const functions = functionsOf(
  [dialplanPolicies, policyApi],
  [dialplanTemplate, templateApi],
  [dialplanEvaluator, evaluator],
  [dialplanSearch, searchApi],
  [dialplanHistory, historyApi],
  [dialplanDependencies, dependenciesApi],
  [dialplanGroups, dialplanGroupsApi],
  [groups, groupsHandler],
  [users, usersHandler],
);

const idIn = ({ body }: Answer): string => (body as { data: { id: string } }).data.id;

/** The documented state: a template that lists a policy, groups with members, policies with earlier versions. */
async function createInitialState(): Promise<{ readonly tenant: TestTenant; readonly ids: Map<string, string> }> {
  const tenant = await functions.newTenant();
  const { ask } = tenant;
  for (const [at, group] of initialState.groups.entries()) {
    const id = idIn(await ask('PUT', '/groups', group));
    if (at === 2) continue;
    const user = idIn(
      await ask('PUT', '/users', { username: `member-${at}@example.com`, email: `member-${at}@example.com` }),
    );
    expect((await ask('PUT', `/groups/${id}/members`, { user_ids: [user] })).status).toBe(200);
  }
  for (const policy of [initialState.emergency, initialState.premium]) await ask('PUT', '/dialplan/policy', policy);
  const { id } = policyIn(await ask('PUT', '/dialplan/policy', initialState.international));
  for (const description of ['Once', initialState.international.description])
    await ask('POST', '/dialplan/policy', { id, description });
  expect((await ask('PUT', '/dialplan/template', { ...initialState.template, policies: [id] })).status).toBe(201);
  return { tenant, ids: new Map([['international', id]]) };
}

describe('the documented examples, in order', () => {
  let tenant: TestTenant;
  let ids: Map<string, string>;
  const live = (text: string): string => text.replace(/<(\w+)>/g, (_, name: string) => ids.get(name) ?? name);

  beforeAll(async () => {
    ({ tenant, ids } = await createInitialState());
  });

  test.each(examples)('$title', async ({ request, body, status, answer: documented }) => {
    const [method = '', path = ''] = live(request).split(' ');
    const answer = await tenant.ask(
      method,
      path,
      body === undefined ? undefined : JSON.parse(live(JSON.stringify(body))),
    );
    expect({ status: answer.status, missingFields: missingFields(answer.body, documented) }).toEqual({
      status,
      missingFields: [],
    });
    if (status === 201) ids.set('created', policyIn(answer).id);
  });

  test('a search lists the best match first, and finds by pattern, number and group', async () => {
    const names = async (query: string) =>
      ((await tenant.ask('GET', `/dialplan/search?${query}`)).body as { results: Body[] }).results.map(
        ({ name, match_score: score }) => `${String(name)} ${String(score)}`,
      );
    expect(await names('q=international+rate')).toEqual([
      'International Premium Rate Block 1',
      'International Calling Policy 0.5',
    ]);
    expect(await names('q=authorized')).toEqual(['International Calling Policy 0.5']);
    expect(await names('pattern=911')).toEqual(['Emergency Services Policy 1']);
    expect(await names('pattern=01190012')).toEqual([
      'International Calling Policy 1',
      'International Premium Rate Block 1',
    ]);
    expect(await names('group=EXECUTIVES')).toEqual(['International Calling Policy 1']);
    expect(await names('priority_min=2&priority_max=94')).toEqual(['International Calling Policy 1']);
    expect(await names('created_before=2024-01-01')).toEqual([]);
    expect((await tenant.ask('GET', '/dialplan/search?sort=status')).status).toBe(400);
  });

  test('the next page of a search continues after the last result', async () => {
    const first = (await tenant.ask('GET', '/dialplan/search?sort=name&limit=2')).body as {
      results: Body[];
      total: number;
      next_page_token: string;
    };
    const second = (await tenant.ask('GET', `/dialplan/search?sort=name&limit=2&page_token=${first.next_page_token}`))
      .body as typeof first;
    expect([first, second].map(({ total, results }) => [total, results.map(({ name }) => name)])).toEqual([
      [3, ['Emergency Services Policy', 'International Calling Policy']],
      [3, ['International Premium Rate Block']],
    ]);
    expect(second.next_page_token).toBe('');
  });

  test('a template has no upstream dependency, a group no group; a missing entity is 404', async () => {
    const { template } = (await tenant.ask('GET', '/dialplan/template')).body as { template: { id: string } };
    const { groups } = (await tenant.ask('GET', '/dialplan/groups')).body as { groups: { id: string }[] };
    const ask = (id: string, more: string) => tenant.ask('GET', `/dialplan/dependencies?id=${id}&${more}`);
    expect((await ask(template.id, 'type=template')).body).toMatchObject({
      can_delete: true,
      delete_blocked_reason: null,
      dependencies: { upstream: [], downstream: [{ type: 'policy', relationship: 'includes' }] },
    });
    expect((await ask(groups[0]?.id ?? '', 'type=group&direction=downstream')).body).toMatchObject({
      dependencies: { upstream: [], downstream: [] },
      can_delete: false,
      delete_blocked_reason: "Group is referenced by policy 'International Calling Policy'",
    });
    expect((await ask(template.id, 'type=policy')).status).toBe(404);
    expect((await ask(template.id, 'type=device')).status).toBe(400);
    expect((await tenant.ask('GET', '/dialplan/dependencies?type=policy')).status).toBe(400);
  });

  test('history is filtered by entity, type and time', async () => {
    const read = async (query: string) =>
      ((await tenant.ask('GET', `/dialplan/history?${query}`)).body as { history: Body[] }).history.map(
        ({ entity_name: name, version, action }) => `${String(name)} ${String(version)} ${String(action)}`,
      );
    expect(await read(`entity_id=${ids.get('international') ?? ''}&limit=2`)).toEqual([
      'International Calling Policy 4 update',
      'International Calling Policy 3 update',
    ]);
    expect(await read('type=template')).toEqual(['Standard Office Template 1 create']);
    expect(await read('end_date=2024-01-01')).toEqual([]);
    expect(await read('limit=1')).toEqual(['Toll-Free Routing Policy 2 delete']);
    expect((await tenant.ask('GET', '/dialplan/history?start_date=yesterday')).status).toBe(400);
  });

  test('a restored version becomes the next version, also of a deleted policy', async () => {
    const id = ids.get('international') ?? '';
    const restored = await tenant.ask('POST', '/dialplan/policy/restore', { id, version: 1 });
    expect(restored).toMatchObject({
      status: 200,
      body: {
        message: 'Policy restored successfully',
        policy: {
          version: 5,
          priority: 100,
          conditions: { user_groups: ['international_enabled'] },
          actions: { notify: ['billing@example.com'] },
        },
      },
    });
    const deleted = ids.get('created') ?? '';
    expect((await tenant.ask('POST', '/dialplan/policy/restore', { id: deleted, version: 1 })).body).toMatchObject({
      policy: { id: deleted, version: 3, name: 'Toll-Free Routing Policy' },
    });
    expect((await tenant.ask('GET', `/dialplan/history?entity_id=${deleted}`)).body).toMatchObject({
      history: [{ version: 3, action: 'restore' }, { version: 2, action: 'delete' }, { version: 1 }],
    });
    expect(await tenant.ask('POST', '/dialplan/evaluate', { called: '18005550100' })).toMatchObject({
      body: { decision: { reason: 'POLICY_ALLOW', policy: { id: deleted, version: 3 } } },
    });
    expect((await tenant.ask('POST', '/dialplan/policy/restore', { id, version: 77 })).status).toBe(404);
    expect((await tenant.ask('POST', '/dialplan/policy/restore', { id: 'pol_none', version: 1 })).status).toBe(404);
    expect((await tenant.ask('POST', '/dialplan/policy/restore', { id })).status).toBe(400);
  });

  test('a deleted policy whose name is taken is not restored', async () => {
    const id = ids.get('created') ?? '';
    await tenant.ask('DELETE', `/dialplan/policy?id=${id}`);
    expect(
      (
        await tenant.ask('PUT', '/dialplan/policy', {
          name: 'toll-free routing policy',
          conditions: { pattern: '1' },
          actions: { allow: true },
        })
      ).status,
    ).toBe(201);
    expect((await tenant.ask('POST', '/dialplan/policy/restore', { id, version: 1 })).status).toBe(409);
  });

  test('a list shows whether a pattern is merged into the plan', async () => {
    await tenant.ask('PUT', '/dialplan/policy', {
      name: 'Large',
      conditions: { pattern: '([0-9]{1,60}[a-z]{1,60}){1,16}' },
      actions: { allow: true },
    });
    const { policies } = (await tenant.ask('GET', '/dialplan/policies')).body as { policies: Body[] };
    expect(policies.map(({ name, compiled }) => `${String(name)}: ${String(compiled)}`)).toEqual(
      expect.arrayContaining(['Large: single', 'International Calling Policy: merged']),
    );
  });

  test('the template is served as a FreeSWITCH context', async () => {
    const { status, headers, body } = await tenant.ask('GET', '/dialplan/template?format=xml');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/xml']);
    expect(body).toContain(`<context name="${tenant.id}">`);
    expect(body).toContain('<action application="bridge" data="user/$1@sip.example.com"/>');
  });
});
