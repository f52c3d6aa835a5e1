import { record } from '../../billing/cdr-ingest/filed-cdr.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { describe, expect, test } from 'vitest';
import { startIngestion, messageOf } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { limitedTo, policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

const running = testEvaluators();

const tenant = (options?: TenantOptions) => running.tenant(options);

describe('a batch', () => {
  const deny = { id: 'pol_1', actions: { allow: false } };

  test('is decided by the live plan or a draft, and counts nothing', async () => {
    const { ask, decide, settled, organization } = await tenant({ policies: [limitedTo(1)] });
    const calls = [{ called: '18005550100' }, { called: '2', at: '2026-01-01T00:00:00Z' }];
    const live = await ask('evaluate/batch', { calls });
    expect(live.results).toMatchObject([
      { index: 0, reason: 'POLICY_ALLOW', limits: { rate_limit: null } },
      { index: 1, reason: 'NO_ROUTE' },
    ]);
    expect(live).not.toHaveProperty('changed');
    const drafted = await ask('evaluate/batch', { calls, draft: { policies: [deny] } });
    expect(drafted).toMatchObject({
      results: [{ reason: 'POLICY_DENY' }, { reason: 'NO_ROUTE' }],
      changed: [{ index: 0, before: { reason: 'POLICY_ALLOW' }, after: { reason: 'POLICY_DENY' } }],
      plan_version: '1',
    });
    const traced = await Promise.all(
      [{}, { draft: { delete: ['pol_1'] } }].map((more) => ask('evaluate/batch', { calls, explain: true, ...more })),
    );
    expect(traced.map(({ results }) => results)).toMatchObject([
      [{ trace: [{ policy_id: 'pol_1', outcome: 'applied' }] }, { trace: [] }],
      [{ trace: [] }, { trace: [] }],
    ]);
    expect(JSON.stringify([drafted, traced[1]?.changed])).not.toContain('trace');
    expect(await decide()).toMatchObject({ allowed: true, limits: { rate_limit: { remaining: 0 } } });
    await settled();
    expect(await running.eventsOfCalls(organization)).toEqual([]);
  });

  test('that is faulty is rejected with the path of the fault', async () => {
    const { ask } = await tenant();
    expect(await ask('evaluate/batch', {})).toMatchObject({ status: 422, error: { details: [{ path: 'calls' }] } });
    expect(
      await ask('evaluate/batch', {
        calls: [{ called: '1' }],
        cdrs: { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' },
      }),
    ).toMatchObject({ status: 422 });
    expect(await ask('evaluate/batch', { calls: [{ called: '1' }, { called: '1 2' }] })).toMatchObject({
      status: 400,
      error: { details: [{ path: 'calls[1].called' }] },
    });
    expect(
      await ask('evaluate/batch', { calls: [{ called: '1' }, { called: '1', user_id: 'usr_none' }] }),
    ).toMatchObject({ status: 422, error: { code: 'UNKNOWN_USER', details: [{ path: 'calls[1].user_id' }] } });
    expect(
      await ask('evaluate/batch', {
        calls: [{ called: '1' }],
        draft: { policies: [{ id: 'pol_9' }], delete: ['pol_8'] },
      }),
    ).toMatchObject({
      status: 422,
      error: { code: 'UNKNOWN_POLICY', details: [{ path: 'draft.policies[0].id' }, { path: 'draft.delete[0]' }] },
    });
  });

  test('replays stored outbound CDRs at their own times, newest first', async () => {
    const hours = policyOf('pol_1', {
      conditions: { pattern: '^\\+1', time_of_day: { start: '10:00', end: '11:00' } },
    });
    const { ask, organization } = await tenant({ policies: [hours] });
    const records = [
      record('early', { start_time: '2026-11-15T09:30:00Z', end_time: '2026-11-15T09:31:00Z' }),
      record('within'),
      record('inbound', { direction: 'inbound' }),
      record('later', { start_time: '2026-11-16T10:30:00Z', end_time: '2026-11-16T10:31:00Z' }),
    ];
    expect(
      await startIngestion(running.store, { clock: testDependencies(running.store).clock }).deliver({
        m1: messageOf(organization, records),
      }),
    ).toEqual([]);
    const period = { start: '2026-11-15T00:00:00Z', end: '2026-11-16T10:30:00Z' };
    expect(await ask('evaluate/batch', { cdrs: period })).toMatchObject({
      status: 200,
      summary: { evaluated: 2, allowed: 1, denied: 1, changed: 0 },
    });
    const drafted = await ask('evaluate/batch', {
      cdrs: { ...period, end: '2026-11-17T00:00:00Z' },
      draft: { policies: [deny] },
    });
    expect(drafted).toMatchObject({
      summary: { evaluated: 3, allowed: 0, denied: 3, changed: 3 },
      changed: [
        {
          index: 0,
          before: { reason: 'POLICY_ALLOW' },
          after: { reason: 'POLICY_DENY' },
          call: { called: '+14155555678', at: '2026-11-16T10:30:00Z', cdr_id: expect.stringMatching(/^cdr_/) },
        },
        { index: 1 },
        { index: 2, before: { reason: 'OUTSIDE_HOURS' }, after: { reason: 'NO_ROUTE' } },
      ],
    });
    expect(drafted).not.toHaveProperty('results');
    expect(await ask('evaluate/batch', { cdrs: { ...period, limit: 1 } })).toMatchObject({
      summary: { evaluated: 1, allowed: 1 },
    });
  });
});
