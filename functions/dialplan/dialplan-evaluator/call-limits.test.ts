import { expect, test } from 'vitest';
import { applyLimits, isSubjectToLimits, limitCall, type LimitFindings, type LimitSources } from './call-limits.ts';
import type { Decision } from './decide.ts';

const allowed: Decision = {
  allowed: true,
  reason: 'POLICY_ALLOW',
  policy: { id: 'pol_1', name: 'Calls', priority: 1, version: 1 },
  rule: null,
  action: 'bridge',
  destination: 'sofia/gateway/pstn/1',
  captures: [],
  routes: [{ gateway: null, name: 'pstn', destination: 'sofia/gateway/pstn/1', status: 'unmanaged' }],
  limits: { max_duration: 600, rate_limit: 5 },
  record: false,
  bypass_restrictions: false,
  emergency: false,
};
const rate = (isAllowed: boolean) => ({ allowed: isAllowed, limit: 5, remaining: isAllowed ? 4 : 0, reset: 60 });
const free: LimitFindings = { rate: rate(true), duration: 600, isUnrated: false, isFull: false, isSpent: false };
const organization = (over: object = {}) => ({ status: 'active', ...over });

const sourcesOf = (findings: LimitFindings) => {
  const asked: string[] = [];
  const sources: LimitSources = {
    rate: async () => (asked.push('rate'), findings.rate),
    duration: async () => (asked.push('duration'), findings.isUnrated ? 'unrated' : findings.duration),
    isFull: async () => (asked.push('isFull'), findings.isFull),
    isSpent: async () => (asked.push('isSpent'), findings.isSpent),
    reserve: async () => (asked.push('reserve'), { duration: 0, reservation: null }),
  };
  return { asked, sources };
};

test('limits hold only for an allowed call that is no emergency and whose policy does not bypass them', () => {
  expect(isSubjectToLimits(allowed)).toBe(true);
  expect(isSubjectToLimits({ ...allowed, allowed: false })).toBe(false);
  expect(isSubjectToLimits({ ...allowed, bypass_restrictions: true })).toBe(false);
  expect(isSubjectToLimits({ ...allowed, emergency: true })).toBe(false);
});

test('a call within all limits keeps its route and has the rest of the rate limit', () => {
  expect(applyLimits(allowed, { ...free, duration: 60 })).toEqual({
    ...allowed,
    limits: { max_duration: 60, rate_limit: { limit: 5, remaining: 4, reset: 60 }, reservation: null },
  });
});

test.each([
  ['RATE_LIMITED', { rate: rate(false), duration: 0, isUnrated: true, isFull: true, isSpent: true }],
  ['NO_CREDIT', { rate: rate(true), duration: 0, isUnrated: true, isFull: true, isSpent: true }],
  ['NO_RATE', { rate: rate(true), duration: 600, isUnrated: true, isFull: true, isSpent: true }],
  ['CALL_LIMIT', { rate: rate(true), duration: 600, isUnrated: false, isFull: true, isSpent: true }],
  ['SPEND_LIMIT', { rate: rate(true), duration: 600, isUnrated: false, isFull: false, isSpent: true }],
] as const)('the first exceeded limit is the reason: %s', (reason, findings) => {
  expect(applyLimits(allowed, findings)).toMatchObject({
    allowed: false,
    reason,
    policy: { id: 'pol_1' },
    action: null,
    destination: null,
    routes: [],
    limits: { max_duration: 600 },
  });
});

test('limits that do not hold for a call are not read', async () => {
  const { asked, sources } = sourcesOf(free);
  const decision = await limitCall({ ...allowed, emergency: true }, organization({ status: 'suspended' }), sources);
  expect(decision).toMatchObject({ allowed: true, limits: { max_duration: 600, rate_limit: null } });
  expect(asked).toEqual([]);
});

test('a suspended organization makes no calls, and counts none', async () => {
  const { asked, sources } = sourcesOf(free);
  expect(await limitCall(allowed, organization({ status: 'suspended' }), sources)).toMatchObject({
    reason: 'CALL_LIMIT',
    limits: { rate_limit: null },
  });
  expect(asked).toEqual([]);
});

test('an organization with as many calls in progress as it may have makes no more', async () => {
  const decideWith = (isFull: boolean) => limitCall(allowed, organization(), sourcesOf({ ...free, isFull }).sources);
  expect(await decideWith(true)).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
  expect(await decideWith(false)).toMatchObject({ reason: 'POLICY_ALLOW' });
});
