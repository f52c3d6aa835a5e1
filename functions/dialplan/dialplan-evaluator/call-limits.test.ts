import { expect, test } from 'vitest';
import { decisionOf } from '../plan/plan.fixture.ts';
import { applyLimits, isSubjectToLimits, limitCall, type LimitFindings, type LimitSources } from './call-limits.ts';

const allowed = decisionOf({
  destination: 'sofia/gateway/pstn/1',
  routes: [{ gateway: null, name: 'pstn', destination: 'sofia/gateway/pstn/1', status: 'unmanaged' }],
  limits: { max_duration: 600, rate_limit: 5 },
});
const rate = (isAllowed: boolean) => ({ allowed: isAllowed, limit: 5, remaining: isAllowed ? 4 : 0, reset: 60 });
const free: LimitFindings = {
  rate: rate(true),
  duration: 600,
  isUnrated: false,
  seller: null,
  isFull: false,
  isSpent: false,
};
const organization = (over: object = {}) => ({ status: 'active', ...over });

const sourcesOf = (findings: LimitFindings) => {
  const asked: string[] = [];
  const sources: LimitSources = {
    isEmergencyOnly: ({ emergency }) => emergency,
    rate: async () => (asked.push('rate'), findings.rate),
    payable: async () => (
      asked.push('payable'),
      { seconds: findings.duration, isUnrated: findings.isUnrated, routes: null }
    ),
    seller: async () => (asked.push('seller'), { reason: findings.seller, routes: null }),
    isFree: async () => (asked.push('isFree'), false),
    isFull: async () => (asked.push('isFull'), findings.isFull),
    isSpent: async () => (asked.push('isSpent'), findings.isSpent),
    reserve: async () => (asked.push('reserve'), { duration: 0, reservation: null }),
  };
  return { asked, sources };
};

test('limits hold for each allowed call that is no emergency, also if its policy bypasses restrictions', () => {
  expect(isSubjectToLimits(allowed, false)).toBe(true);
  expect(isSubjectToLimits({ ...allowed, allowed: false }, false)).toBe(false);
  expect(isSubjectToLimits({ ...allowed, bypass_restrictions: true }, false)).toBe(true);
  expect(isSubjectToLimits({ ...allowed, emergency: true }, true)).toBe(false);
  expect(isSubjectToLimits({ ...allowed, emergency: true }, false)).toBe(true);
});

test('a call within all limits keeps its route and has the rest of the rate limit', () => {
  expect(applyLimits(allowed, { ...free, duration: 60 })).toEqual({
    ...allowed,
    limits: { max_duration: 60, rate_limit: { limit: 5, remaining: 4, reset: 60 }, reservation: null },
  });
});

test.each([
  ['RATE_LIMITED', { rate: rate(false), duration: 0, isUnrated: true, seller: null, isFull: true, isSpent: true }],
  ['NO_CREDIT', { rate: rate(true), duration: 0, isUnrated: true, seller: null, isFull: true, isSpent: true }],
  ['NO_RATE', { rate: rate(true), duration: 600, isUnrated: true, seller: null, isFull: true, isSpent: true }],
  ['CALL_LIMIT', { rate: rate(true), duration: 600, isUnrated: false, seller: null, isFull: true, isSpent: true }],
  ['SPEND_LIMIT', { rate: rate(true), duration: 600, isUnrated: false, seller: null, isFull: false, isSpent: true }],
  [
    'NO_CREDIT',
    { rate: rate(true), duration: 600, isUnrated: false, seller: 'NO_CREDIT', isFull: true, isSpent: true },
  ],
  ['NO_RATE', { rate: rate(true), duration: 600, isUnrated: false, seller: 'NO_RATE', isFull: true, isSpent: true }],
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

test('a limit of the seller says so, and not whose it is', async () => {
  const limited = (seller: LimitFindings['seller'], duration: number) =>
    applyLimits(allowed, { ...free, duration, seller });
  expect(limited('NO_CREDIT', 600)).toMatchObject({ reason: 'NO_CREDIT', seller: true });
  expect(limited('NO_CREDIT', 0)).not.toHaveProperty('seller');
});

test('a policy that bypasses restrictions bypasses the rate limit, and no limit of the seller', async () => {
  const bypassing = { ...allowed, bypass_restrictions: true };
  const over = (findings: Partial<LimitFindings>) =>
    limitCall(bypassing, organization(), sourcesOf({ ...free, ...findings }).sources);
  expect(await over({ rate: rate(false) })).toMatchObject({ allowed: true });
  expect(await over({ seller: 'NO_CREDIT' })).toMatchObject({ allowed: false, reason: 'NO_CREDIT', seller: true });
});

test('only routes that the organization and its seller permit are tried', async () => {
  const routes = ['a', 'b', 'c'].map((name) => ({
    gateway: null,
    name,
    destination: `sofia/gateway/${name}/1`,
    status: 'unmanaged' as const,
  }));
  const { sources } = sourcesOf(free);
  const decideOver = (own: readonly number[] | null, ofSeller: readonly number[] | null) =>
    limitCall({ ...allowed, routes }, organization(), {
      ...sources,
      payable: async () => ({ seconds: null, isUnrated: false, routes: own }),
      seller: async () => ({ reason: null, routes: ofSeller }),
    });
  expect(await decideOver([1, 2], [0, 1])).toMatchObject({ destination: 'sofia/gateway/b/1', routes: [{ name: 'b' }] });
  expect(await decideOver(null, null)).toMatchObject({ routes });
  expect(await decideOver([0], [2])).toMatchObject({ allowed: false, reason: 'NO_RATE', seller: true });
});
