import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginsCycle, billingCycles, isChargedIn, periodsOf } from './service-list.ts';

const start = Date.parse('2026-12-01T00:00:00Z');
const december = { name: '2026-12', start };

test('a service is charged every month, every third or every twelfth from its first period on', () => {
  const periods = ['2026-11', '2026-12', '2027-01', '2027-03', '2027-12', '2028-12'];
  const charged = billingCycles.map((cycle) =>
    periods.filter((name) => beginsCycle({ first_period: '2026-12', cycle }, name)),
  );
  expect(charged).toEqual([
    periods.slice(1),
    ['2026-12', '2027-03', '2027-12', '2028-12'],
    ['2026-12', '2027-12', '2028-12'],
  ]);
});

test('of any number of consecutive periods a cycle begins in one of as many as it lasts', () => {
  const name = (month: number): string =>
    `${2000 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
  fc.assert(
    fc.property(fc.constantFrom(...billingCycles), fc.nat(600), fc.nat(60), (cycle, first, count) => {
      const periods = Array.from({ length: count }, (_period, at) => name(first + at));
      const begun = periods.filter((period) => beginsCycle({ first_period: name(first), cycle }, period));
      expect(begun).toHaveLength(Math.ceil(count / periodsOf[cycle]));
    }),
  );
});

test('a service that was cancelled until the start of a period is not charged for it; a later end is too late', () => {
  const service = { first_period: '2026-12', cycle: 'monthly' } as const;
  const ended = ['2026-11-30T23:59:59.999Z', '2026-12-01T00:00:00.000Z', '2026-12-01T00:00:00.001Z', null];
  expect(ended.map((cancelled_at) => isChargedIn({ ...service, cancelled_at }, december))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
