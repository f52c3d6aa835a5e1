import { describe, expect, test } from 'vitest';
import { planPolicyOf } from '../plan/plan.fixture.ts';
import { emptyPlan } from '../plan/plan-change.ts';
import { compilePlan, type Plan, type PlanPolicy } from '../plan/plan.ts';
import { presentCalls, presentCdrs, replay } from './replay.ts';

const locale = { timezone: 'UTC', country: 'US' };
const policy = (prefix: string, more: Partial<PlanPolicy> = {}): PlanPolicy =>
  planPolicyOf({
    ...{ id: `pol_${prefix}`, name: prefix, conditions: { pattern: `^${prefix}` } },
    ...{ actions: { allow: true, gateway: 'pstn' }, ...more },
  });
const planOf = (...policies: PlanPolicy[]): Plan => ({ ...emptyPlan, policies });
const live = compilePlan(
  planOf(policy('1'), policy('2', { actions: { allow: true, gateway: 'pstn', rate_limit: 5 } })),
  locale,
);
const calls = ['1555', '2555', '3555'].map((called) => ({ called, at: 0 }));

describe('calls against the live plan', () => {
  test('are decided without limits, each with its index', () => {
    const answer = presentCalls(replay(calls, { live, draft: null }, new Map()));
    expect(answer.results.map(({ index, reason, limits }) => [index, reason, limits.rate_limit])).toEqual([
      [0, 'POLICY_ALLOW', null],
      [1, 'POLICY_ALLOW', null],
      [2, 'NO_ROUTE', null],
    ]);
    expect(answer).not.toHaveProperty('changed');
  });
});

describe('calls against a draft', () => {
  const draft = compilePlan(
    planOf(policy('1', { actions: { allow: false }, version: 2 }), policy('2', { version: 7 }), policy('3')),
    locale,
    live,
  );

  test('have the decisions of the draft, and the changes with before and after', () => {
    const answer = presentCalls(replay(calls, { live, draft }, new Map()));
    expect(answer.results.map(({ reason }) => reason)).toEqual(['POLICY_DENY', 'POLICY_ALLOW', 'POLICY_ALLOW']);
    expect(answer.changed).toMatchObject([
      { index: 0, before: { reason: 'POLICY_ALLOW' }, after: { reason: 'POLICY_DENY' } },
      {
        index: 2,
        before: { reason: 'NO_ROUTE' },
        after: { reason: 'POLICY_ALLOW', destination: 'sofia/gateway/pstn/3555' },
      },
    ]);
  });

  test('differ by the recording alone', () => {
    const recording = compilePlan(
      planOf(policy('1', { actions: { allow: true, gateway: 'pstn', record: true } }), policy('2')),
      locale,
    );
    const { changed } = presentCalls(replay(calls, { live, draft: recording }, new Map()));
    expect(changed).toMatchObject([{ index: 0, before: { record: false }, after: { record: true } }]);
  });

  test('of stored CDRs are counted, and the first changes have their call', () => {
    const stored = calls.map(({ called }, at) => ({
      called,
      caller: '100',
      at: '2026-11-20T12:00:00Z',
      cdr_id: `cdr_${at}`,
    }));
    expect(presentCdrs(replay(calls, { live, draft }, new Map()), stored)).toMatchObject({
      summary: { evaluated: 3, allowed: 2, denied: 1, changed: 2 },
      changed: [
        { index: 0, call: { cdr_id: 'cdr_0' } },
        { index: 2, call: { cdr_id: 'cdr_2' } },
      ],
    });
    expect(presentCdrs(replay(calls, { live, draft: null }, new Map()), stored)).toEqual({
      summary: { evaluated: 3, allowed: 2, denied: 1, changed: 0 },
    });
  });

  test('show 1,000 changes of a period, and count all of them', () => {
    const many = Array.from({ length: 1_200 }, () => ({ called: '1555', at: 0 }));
    const answer = presentCdrs(
      replay(many, { live, draft }, new Map()),
      many.map(() => ({ called: '1555', caller: '', at: '', cdr_id: '' })),
    );
    expect([answer.summary.changed, answer.changed?.length]).toEqual([1_200, 1_000]);
  });
});

describe('an answer of at most 6 MB', () => {
  const wide = (count: number) =>
    compilePlan(
      planOf(
        policy('1', {
          conditions: { pattern: `${'()'.repeat(250)}${'(1.*)'.repeat(1)}` },
          actions: {
            allow: true,
            gateway: 'g',
            failover_gateways: Array.from({ length: count }, (_item, at) => `${'g'.repeat(60)}${at}`),
          },
        }),
      ),
      locale,
    );
  const long = Array.from({ length: 1_000 }, () => ({ called: `1${'5'.repeat(63)}`, at: 0 }));

  test('leaves out changes that do not fit', () => {
    const answer = presentCalls(replay(long, { live, draft: wide(5) }, new Map()));
    expect(answer.results).toHaveLength(1_000);
    expect(answer.changed?.length).toBeLessThan(1_000);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6_000_000);
  });

  test('is rejected if the decisions alone are larger', () => {
    const huge = Array.from({ length: 5_000 }, () => long[0] ?? { called: '1', at: 0 });
    expect(() => presentCalls(replay(huge, { live, draft: wide(5) }, new Map()))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });
});
