import { beforeAll, describe, expect, test } from 'vitest';
import { decisionIn, office, policyIn, tollFree } from '#test/system/dialplan.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body, outcome } from '#test/system/tenant.fixture.ts';
import { dialplanPolicies } from './contract.ts';
import { policyApi } from './handler.ts';
import { dialplanTemplate } from '../dialplan-template/contract.ts';
import { templateApi } from '../dialplan-template/handler.ts';
import { dialplanEvaluator } from '../dialplan-evaluator/contract.ts';
import { evaluator } from '../dialplan-evaluator/handler.ts';

const functions = functionsOf(
  [dialplanPolicies, policyApi],
  [dialplanTemplate, templateApi],
  [dialplanEvaluator, evaluator],
);

/** Policies and the template over HTTP (functions/dialplan/README.md). */

describe('policies and the template, as documented', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await functions.newTenant();
  });

  test('a policy is created as documented, and read again', async () => {
    const made = await tenant.ask('PUT', '/dialplan/policy', tollFree);
    const policy = policyIn(made);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      success: true,
      message: 'Policy created successfully',
      warnings: ['gateway tollfree_gateway is not managed by the platform; its name is passed to the switch unchanged'],
      policy: {
        ...tollFree,
        id: expect.stringMatching(/^pol_[0-9A-Z]{26}$/),
        version: 1,
        metadata: { created_by: tenant.userId, last_modified_by: tenant.userId },
        created_at: expect.stringMatching(/Z$/),
        updated_at: policy['created_at'],
      },
    });
    const read = await tenant.ask('GET', `/dialplan/policy?id=${policy.id}`);
    expect([read.status, read.headers.get('etag'), read.body]).toEqual([200, '"1"', { success: true, policy }]);
  });

  test('policies are listed newest first, by status and page', async () => {
    for (const name of ['One', 'Two'])
      await tenant.ask('PUT', '/dialplan/policy', { name, conditions: { pattern: '1' }, actions: { allow: true } });
    const all = await tenant.ask('GET', '/dialplan/policies?limit=25');
    expect(all.body).toMatchObject({
      success: true,
      total: 3,
      limit: 25,
      offset: 0,
      policies: [{ name: 'Two', status: 'draft', priority: 1000 }, { name: 'One' }, { name: tollFree.name }],
    });
    expect((await tenant.ask('GET', '/dialplan/policies?status=active')).body).toMatchObject({
      total: 1,
      policies: [{ name: tollFree.name }],
    });
    expect((await tenant.ask('GET', '/dialplan/policies?offset=1&limit=1')).body).toMatchObject({
      policies: [{ name: 'One' }],
    });
    expect(outcome(await tenant.ask('GET', '/dialplan/policies?status=old'))).toBe('400 INVALID_PARAMETER');
  });

  test('an update merges conditions by key, and history shows the version before', async () => {
    const first = policyIn(
      await tenant.ask('PUT', '/dialplan/policy', {
        name: 'International Calling Policy',
        status: 'active',
        priority: 100,
        conditions: {
          pattern: '^011[0-9]+$',
          time_of_day: { start: '08:00', end: '18:00' },
          user_groups: ['international_enabled'],
          caller_id_required: true,
        },
        actions: { allow: true, max_duration: 3600 },
      }),
    );
    const window = { start: '07:00', end: '20:00', timezone: 'America/New_York' };
    const changed = await tenant.ask('POST', '/dialplan/policy', {
      id: first.id,
      priority: 90,
      conditions: { pattern: '^011[0-9]+$', time_of_day: window, user_groups: ['international_enabled', 'executives'] },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      message: 'Policy updated successfully',
      policy: {
        ...first,
        version: 2,
        priority: 90,
        updated_at: expect.any(String),
        conditions: {
          pattern: '^011[0-9]+$',
          time_of_day: window,
          user_groups: ['international_enabled', 'executives'],
          caller_id_required: true,
        },
      },
    });
    const { policy } = (await tenant.ask('GET', `/dialplan/policy?id=${first.id}&include_history=true`)).body as {
      policy: Body;
    };
    expect(policy['history']).toEqual([
      { version: 1, changed_at: first['created_at'], changed_by: tenant.userId, changes: ['Initial creation'] },
    ]);
    await tenant.ask('POST', '/dialplan/policy', { id: first.id, conditions: { caller_id_required: null } });
    const again = await tenant.ask('GET', `/dialplan/policy?id=${first.id}&include_history=true`);
    expect(again.body).toMatchObject({
      policy: {
        history: [
          {
            version: 2,
            changes: [
              'Updated conditions.time_of_day.end',
              'Updated conditions.time_of_day.start',
              'Updated conditions.time_of_day.timezone',
              'Updated conditions.user_groups',
              'Updated priority',
            ],
          },
          { version: 1, changes: ['Initial creation'] },
        ],
      },
    });
    expect(policyIn(again)['conditions']).not.toHaveProperty('caller_id_required');
  });

  test('a deleted policy is 404, and its name is free', async () => {
    const { id } = policyIn(await tenant.ask('PUT', '/dialplan/policy', { ...tollFree, name: 'Short-lived' }));
    const deleted = await tenant.ask('DELETE', `/dialplan/policy?id=${id}`);
    expect([deleted.status, deleted.body]).toEqual([
      200,
      { success: true, message: 'Policy deleted successfully', deleted_policy_id: id },
    ]);
    expect(outcome(await tenant.ask('GET', `/dialplan/policy?id=${id}`))).toBe('404 NOT_FOUND');
    expect(outcome(await tenant.ask('DELETE', `/dialplan/policy?id=${id}`))).toBe('404 NOT_FOUND');
    for (const none of [[], [null], '', 7]) {
      expect(outcome(await tenant.ask('POST', '/dialplan/policy', { id: none, priority: 7 }))).toBe(
        '422 VALIDATION_FAILED',
      );
      expect(outcome(await tenant.ask('POST', '/dialplan/policy/restore', { id: none, version: 1 }))).toBe(
        '422 VALIDATION_FAILED',
      );
    }
    expect((await tenant.ask('PUT', '/dialplan/policy', { ...tollFree, name: 'Short-lived' })).status).toBe(201);
  });

  test('the template is created, read, and replaced with the next minor version', async () => {
    expect(outcome(await tenant.ask('GET', '/dialplan/template'))).toBe('404 NOT_FOUND');
    const made = await tenant.ask('PUT', '/dialplan/template', office);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      success: true,
      message: 'Template created successfully',
      template: { ...office, id: expect.stringMatching(/^tpl_/), version: '1.0' },
    });
    const { template } = made.body as { template: Body };
    expect((await tenant.ask('GET', '/dialplan/template')).body).toEqual({ success: true, template });
    const replaced = await tenant.ask('PUT', '/dialplan/template', { ...office, name: 'Other' });
    expect([replaced.status, replaced.body]).toEqual([
      200,
      expect.objectContaining({
        template: { ...template, name: 'Other', version: '1.1', updated_at: expect.any(String) },
      }),
    ]);
  });
});

describe('what is rejected', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await functions.newTenant();
  });

  const put = (more: Body): Promise<Answer> =>
    tenant.ask('PUT', '/dialplan/policy', {
      name: 'A policy',
      conditions: { pattern: '1' },
      actions: { allow: true },
      ...more,
    });
  const actions = (more: Body) => ({ actions: { allow: true, ...more } });
  const conditions = (more: Body) => ({ conditions: { pattern: '1', ...more } });

  test.each([
    ['a missing name', { name: undefined }, '400 MISSING_FIELD', 'name'],
    ['a missing pattern', { conditions: {} }, '400 MISSING_FIELD', 'conditions.pattern'],
    ['an unclosed group', conditions({ pattern: '^1(' }), '422 INVALID_PATTERN', 'conditions.pattern'],
    ['look-around', conditions({ pattern: '^(?=1)' }), '422 INVALID_PATTERN', 'conditions.pattern'],
    [
      'a pattern of 513 characters',
      conditions({ pattern: '1'.repeat(513) }),
      '422 INVALID_PATTERN',
      'conditions.pattern',
    ],
    [
      'an empty window',
      conditions({ time_of_day: { start: '08:00', end: '08:00' } }),
      '422 VALIDATION_FAILED',
      'conditions.time_of_day.end',
    ],
    [
      'an unknown time zone',
      conditions({ time_of_day: { start: '08:00', end: '09:00', timezone: 'Mars/Olympus' } }),
      '422 VALIDATION_FAILED',
      'conditions.time_of_day.timezone',
    ],
    [
      'an unknown group id',
      conditions({ user_groups: ['sales', 'grp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] }),
      '422 VALIDATION_FAILED',
      'conditions.user_groups[1]',
    ],
    ['an unknown gateway id', actions({ gateway: 'gw_intl_01' }), '422 UNKNOWN_GATEWAY', 'actions.gateway'],
    [
      'an invalid address to notify',
      { actions: { allow: true, notify: ['ann@example.com', 'bob'] } },
      '422 VALIDATION_FAILED',
      'actions.notify[1]',
    ],
    ['a priority out of range', { priority: 1_000_001 }, '422 VALIDATION_FAILED', 'priority'],
  ])('%s', async (_, more, expected, path) => {
    const answer = await put(more);
    expect(outcome(answer)).toBe(expected);
    expect(answer.body).toMatchObject({ error: { details: [{ path }] } });
  });

  test('an address to notify that is no single address', async () => {
    const invalidAddresses = [
      'a@example.com\r\nBcc: eve@example.com',
      'a@example.com, eve@example.com',
      'Ann <a@example.com>',
      'a@example.com\n',
      'a@b@example.com',
      `${'a'.repeat(250)}@example.com`,
      '"a b"@example.com',
      'a@[127.0.0.1]',
      '',
    ];
    for (const address of invalidAddresses) {
      const answer = await put(actions({ notify: ['bob@example.com', address] }));
      expect([address, outcome(answer)]).toEqual([address, '422 VALIDATION_FAILED']);
      expect(answer.body).toMatchObject({ error: { details: [{ path: 'actions.notify[1]' }] } });
    }
  });

  test('the error of an invalid pattern names the position', async () => {
    expect((await put(conditions({ pattern: '^011[0-9' }))).body).toMatchObject({
      error: { message: expect.stringMatching(/at position 4$/) },
    });
  });

  test('a name that exists, ignoring case', async () => {
    const { id } = policyIn(await put({ name: 'Sales' }));
    const other = policyIn(await put({ name: 'Support' }));
    expect(outcome(await put({ name: 'SALES' }))).toBe('409 POLICY_NAME_EXISTS');
    expect(outcome(await tenant.ask('POST', '/dialplan/policy', { id: other.id, name: 'sales' }))).toBe(
      '409 POLICY_NAME_EXISTS',
    );
    expect((await tenant.ask('POST', '/dialplan/policy', { id, name: 'SALES' })).status).toBe(200);
    expect((await tenant.ask('POST', '/dialplan/policy', { id, name: 'Revenue' })).status).toBe(200);
    expect((await tenant.ask('POST', '/dialplan/policy', { id: other.id, name: 'sales' })).status).toBe(200);
  });

  test('an outdated version', async () => {
    const { id } = policyIn(await put({ name: 'Versioned' }));
    expect((await tenant.ask('POST', '/dialplan/policy', { id, priority: 1, version: 1 })).status).toBe(200);
    expect(outcome(await tenant.ask('POST', '/dialplan/policy', { id, priority: 2, version: 1 }))).toBe(
      '409 VERSION_CONFLICT',
    );
    expect(
      outcome(await tenant.ask('POST', '/dialplan/policy', { id, priority: 2 }, { headers: { 'if-match': '"1"' } })),
    ).toBe('409 VERSION_CONFLICT');
    expect(
      (
        await tenant.ask('POST', '/dialplan/policy', { id, priority: 2 }, { headers: { 'if-match': '"2"' } })
      ).headers.get('etag'),
    ).toBe('"3"');
  });

  test('an unknown policy, before its other errors are checked', async () => {
    expect(outcome(await tenant.ask('POST', '/dialplan/policy', { id: 'pol_unknown', priority: 'high' }))).toBe(
      '404 NOT_FOUND',
    );
    expect(outcome(await tenant.ask('POST', '/dialplan/policy', { priority: 1 }))).toBe('400 MISSING_FIELD');
    expect(outcome(await tenant.ask('GET', '/dialplan/policy'))).toBe('400 MISSING_FIELD');
  });

  test.each([
    ['an unknown variable', { destination: `user/$1@\${realm}` }, '422 VALIDATION_FAILED', 'rules[0].destination'],
    ['a capture that the pattern lacks', { destination: 'user/$2' }, '422 VALIDATION_FAILED', 'rules[0].destination'],
    ['an invalid pattern', { pattern: '^[' }, '422 INVALID_PATTERN', 'rules[0].pattern'],
  ])('a template with %s', async (_, rule, expected, path) => {
    const answer = await tenant.ask('PUT', '/dialplan/template', {
      ...office,
      variables: {},
      rules: [{ ...office.rules[0], ...rule }],
    });
    expect(outcome(answer)).toBe(expected);
    expect(answer.body).toMatchObject({ error: { details: [{ path }] } });
  });

  test('a template that lists an unknown policy', async () => {
    const answer = await tenant.ask('PUT', '/dialplan/template', { ...office, policies: ['pol_unknown'] });
    expect(outcome(answer)).toBe('422 UNKNOWN_POLICY');
  });

  test('a template too large for one item', async () => {
    const rules = Array.from({ length: 500 }, () => ({ pattern: '1', action: 'bridge', destination: 'x'.repeat(512) }));
    expect(outcome(await tenant.ask('PUT', '/dialplan/template', { name: 'Large', rules }))).toBe('422 LIMIT_EXCEEDED');
  });
});

describe('policies and the template that lists them', () => {
  test('a listed policy is deleted only with force, which removes it from the list', async () => {
    const tenant = await functions.newTenant();
    const { id } = policyIn(await tenant.ask('PUT', '/dialplan/policy', tollFree));
    await tenant.ask('PUT', '/dialplan/template', { ...office, policies: [id] });
    expect(outcome(await tenant.ask('DELETE', `/dialplan/policy?id=${id}`))).toBe('409 POLICY_IN_USE');
    expect((await tenant.ask('DELETE', `/dialplan/policy?id=${id}&force=true`)).status).toBe(200);
    expect((await tenant.ask('GET', '/dialplan/template')).body).toMatchObject({
      template: { version: '1.1', policies: [], rules: office.rules },
    });
  });

  test('a template of nearly 120,000 bytes is replaced with an entirely different one', async () => {
    const tenant = await functions.newTenant();
    const large = (mark: string) => ({
      name: `Large ${mark}`,
      rules: Array.from({ length: 500 }, (_, at) => ({
        pattern: `^${mark}${at}$`,
        action: 'bridge',
        destination: mark.repeat(150),
        priority: at,
      })),
    });
    expect((await tenant.ask('PUT', '/dialplan/template', large('1'))).status).toBe(201);
    expect((await tenant.ask('PUT', '/dialplan/template', large('2'))).status).toBe(200);
    expect(decisionIn(await tenant.ask('POST', '/dialplan/evaluate', { called: '2499' }))).toMatchObject({
      reason: 'TEMPLATE',
      destination: '2'.repeat(150),
    });
  });
});
