import { expect, test } from 'vitest';
import {
  changesOf,
  decidedCalls,
  linesOf,
  summaryOf,
  verdictAndReason,
  type Batch,
  type Decision,
} from './decisions.ts';

const allowed: Decision = {
  allowed: true,
  reason: 'POLICY_ALLOW',
  policy: { id: 'pol_1', name: 'Toll-free', priority: 50, version: 1 },
  rule: null,
  action: 'bridge',
  destination: 'sofia/gateway/one/18005550100',
  captures: [],
  routes: [
    { gateway: null, name: 'one', destination: '', status: 'unmanaged' },
    { gateway: null, name: 'two', destination: '', status: 'unmanaged' },
  ],
  limits: { max_duration: 60, rate_limit: null, reservation: null },
  record: false,
  bypass_restrictions: false,
  emergency: false,
};
const denied: Decision = {
  ...allowed,
  ...{ allowed: false, reason: 'POLICY_DENY', action: null, destination: null, routes: [] },
};
const batch = (more: Partial<Batch>): Batch => ({ success: true, plan_version: '3', ...more });
const calls = [{ called: '1' }, { called: '2' }];
const change = { index: 1, before: allowed, after: denied };
const results = [
  { ...allowed, index: 0 },
  { ...denied, index: 1 },
];

test('a decision is said in lines, without those that do not apply', () => {
  expect(linesOf(allowed)).toEqual([
    ['Why', 'a policy allows it'],
    ['Policy', 'Toll-free (priority 50)'],
    ['Route', 'bridge sofia/gateway/one/18005550100'],
    ['Fail-over', 'two'],
    ['Maximum', '60 s'],
  ]);
  expect(verdictAndReason(denied)).toBe('Denied: a policy denies it');
});

test('a call that a draft changes has both decisions, and what differs', () => {
  const [same, other] = decidedCalls(batch({ results, changed: [change] }), calls);
  expect(same).toEqual({ call: calls[0], before: results[0], after: null });
  expect(other).toEqual({ call: calls[1], before: allowed, after: denied });
  expect(same && changesOf(same)).toBe('');
  expect(other && changesOf(other)).toBe('now denied, why, route, fail-over');
});

test('of call records the changed calls are shown, without the id of their record', () => {
  const call = { called: '1', caller: '+2', at: '2026-01-01T00:00:00Z', cdr_id: 'cdr_1' };
  const shown = decidedCalls(batch({ changed: [{ ...change, call }] }), []);
  expect(shown.map((each) => each.call)).toEqual([{ called: '1', caller: '+2', at: '2026-01-01T00:00:00Z' }]);
});

test('the summary counts the calls, and says which part of the changes is shown', () => {
  const numbers = batch({ results, changed: [change] });
  expect(summaryOf(numbers)).toBe('2 calls by the draft: 1 allowed, 1 denied, 1 changed call. Version 3 of the plan.');
  expect(summaryOf(batch({ results }))).toBe('2 calls by the saved plan: 1 allowed, 1 denied. Version 3 of the plan.');
  const summary = { evaluated: 9_000, allowed: 1, denied: 8_999, changed: 2 };
  expect(summaryOf(batch({ summary, changed: [change] }))).toBe(
    '9,000 calls by the draft: 1 allowed, 8,999 denied, 2 changed calls. The first 1 changes are shown. ' +
      'Version 3 of the plan.',
  );
  const none = { evaluated: 0, allowed: 0, denied: 0, changed: 0 };
  expect(summaryOf(batch({ summary: none, changed: [] }))).toBe('There were no outbound calls in that time.');
});
