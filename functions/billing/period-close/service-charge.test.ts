import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountOf } from '#schema/money.ts';
import { billingCycles, periodsOf, type Service, type ServiceList } from '#schema/service-list.ts';
import { billingDayAlways, periodAfter, periodNamed } from '../schema/period.ts';
import { serviceBookings } from './service-charge.ts';

const service = (more: Partial<Service> = {}): Service => ({
  service_type: 'pbx',
  plan: 'pro',
  features: [],
  price: '5.0000',
  cycle: 'monthly',
  currency: 'USD',
  quantity: 3,
  start_date: '2026-11-10T00:00:00.000Z',
  first_period: '2026-12',
  cancelled_at: null,
  ends_at: null,
  ...more,
});
const list = (...services: Service[]): ServiceList => ({
  id: 'sub_1',
  entity: 'user',
  entity_id: 'usr_1',
  services,
  created_at: '',
  updated_at: '',
  version: 1,
});
const days = billingDayAlways(1);
const december = periodNamed('2026-12', days);
const payer = { organization: 1001, currency: 'USD', period: december };

test('a service costs its price times its quantity', () => {
  expect(serviceBookings([list(service())], payer)).toEqual([
    {
      id: expect.stringMatching(/^led_/),
      type: 'service',
      amount: -15_000_000n,
      reference: 'sub_1',
      period: '2026-12',
      note: 'pbx, plan pro, 3 × 5.0000 (monthly), user usr_1',
    },
  ]);
});

test.each([
  ['free', { price: '0.0000' }],
  ['in another currency', { currency: 'EUR' }],
  ['that begins later', { first_period: '2027-01' }],
  ['cancelled before the period', { cancelled_at: '2026-11-30T00:00:00.000Z' }],
])('a service %s is not charged', (_name, more) => {
  expect(serviceBookings([list(service(more))], payer)).toEqual([]);
});

test('a type of service is charged once for a period, whatever its plan and its price are', () => {
  const idOf = (more: Partial<Service>) => serviceBookings([list(service(more))], payer)[0]?.id;
  expect(idOf({ plan: 'basic', price: '1.0000' })).toBe(idOf({}));
  expect(idOf({ service_type: 'fax' })).not.toBe(idOf({}));
});

test('over any number of periods a service costs its price for each cycle that begins before its end', () => {
  const months = fc.nat(48);
  fc.assert(
    fc.property(
      fc.record({
        cycle: fc.constantFrom(...billingCycles),
        tenthousandths: fc.integer({ min: 1, max: 999_999_999 }),
        quantity: fc.integer({ min: 1, max: 10_000 }),
        end: fc.option(months, { nil: null }),
        closed: months,
      }),
      ({ cycle, tenthousandths, quantity, end, closed }) => {
        const price = `${Math.floor(tenthousandths / 10_000)}.${String(tenthousandths % 10_000).padStart(4, '0')}`;
        const periods = Array.from({ length: closed }).reduce<ReturnType<typeof periodAfter>[]>(
          (all) => [...all, periodAfter(all.at(-1)?.name ?? '2026-11', days)],
          [],
        );
        // Cancelled a second after the start of the period of this number.
        const cancelled = end === null ? null : new Date((periods[end]?.start ?? Infinity) + 1_000);
        const cancelled_at = cancelled === null || Number.isNaN(cancelled.getTime()) ? null : cancelled.toISOString();
        const of = list(service({ cycle, price, quantity, cancelled_at }));
        // Each period is closed twice, as messages arrive twice.
        const booked = [...periods, ...periods].flatMap((period) => serviceBookings([of], { ...payer, period }));
        const entries = new Map(booked.map((booking) => [booking.id, booking.amount]));
        const sum = [...entries.values()].reduce((total, amount) => total + amount, 0n);
        const charged = cancelled_at === null ? closed : Math.min(closed, (end ?? 0) + 1);
        expect(entries.size).toBe(Math.ceil(charged / periodsOf[cycle]));
        expect(sum).toBe(-BigInt(entries.size) * amountOf(price) * BigInt(quantity));
      },
    ),
  );
});
