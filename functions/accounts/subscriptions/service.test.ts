import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isChargedIn } from '#schema/service-list.ts';
import { codeOf } from '#test/support/errors.fixture.ts';
import { billingDayAlways, periodAfter, periodAt } from '../../billing/schema/period.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import {
  cancelServices,
  firstCharges,
  listedServices,
  presentServices,
  replaceServices,
  wantedServices,
} from './service.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const days = billingDayAlways(1);
const tariff = {
  currency: 'USD',
  services: [
    { service_type: 'pbx', plan: 'pro', price: '5.0000', billing_cycle: 'monthly', features: ['queues', 'fax'] },
    { service_type: 'pbx', plan: 'basic', price: '1.0000', billing_cycle: 'monthly', features: [] },
    { service_type: 'sms', plan: 'year', price: '100.0000', billing_cycle: 'annual', features: [] },
    { service_type: 'dear', plan: 'most', price: '999999999.0000', billing_cycle: 'monthly', features: [] },
  ],
} as const;
const terms = { tariff, days, now };
const made = { id: 'sub_1', entity: 'user', entityId: 'usr_1' } as const;
const pbx = { serviceType: 'pbx', plan: 'pro', quantity: 9 };
const sms = { serviceType: 'sms', plan: 'year', quantity: 1 };
const first = replaceServices(undefined, [pbx, sms], made, terms);
const shown = { organization: { org_id: 1001, status: 'active' }, days, now };

describe('a service', () => {
  test('has the price, cycle and features of the tariff', () => {
    expect(presentServices(first, shown)).toEqual({
      subscriptionId: 'sub_1',
      entityType: 'user',
      entityId: 'usr_1',
      organizationId: 'org_1001',
      status: 'active',
      subscriptions: [
        {
          serviceType: 'pbx',
          plan: 'pro',
          status: 'active',
          features: ['queues', 'fax'],
          startDate: now.toISOString(),
          billingRate: 5,
          billingCycle: 'monthly',
          quantity: 9,
        },
        expect.objectContaining({ serviceType: 'sms', billingRate: 100, billingCycle: 'annual' }),
      ],
      totalMonthlyRate: 53.3333,
      currency: 'USD',
      nextBillingDate: '2026-12-01T00:00:00.000Z',
    });
  });

  test.each([
    ['an unknown plan', { ...pbx, plan: 'max' }, 'UNKNOWN_SERVICE_PLAN'],
    ['a feature of no plan', { ...pbx, features: ['queues', 'mail'] }, 'UNKNOWN_FEATURE'],
    ['a price beyond all amounts', { ...pbx, serviceType: 'dear', plan: 'most', quantity: 2 }, 'VALIDATION_FAILED'],
  ])('with %s is rejected', (_name, wanted, code) => {
    expect(codeOf(() => replaceServices(undefined, [wanted], made, terms))).toBe(code);
  });

  test('needs a tariff', () => {
    expect(codeOf(() => replaceServices(undefined, [pbx], made, { ...terms, tariff: null }))).toBe(
      'UNKNOWN_SERVICE_PLAN',
    );
  });

  test('is named once', () => {
    expect(codeOf(() => wantedServices([pbx, { ...pbx, plan: 'basic' }]))).toBe('VALIDATION_FAILED');
    expect(codeOf(() => wantedServices(undefined))).toBe('MISSING_FIELD');
  });

  test('that begins later is pending, and charged from the first period that begins then', () => {
    const of = (startDate: string) => replaceServices(undefined, [{ ...pbx, startDate }], made, terms);
    const later = of('2026-12-05T00:00:00.000Z');
    expect(presentServices(later, shown)).toMatchObject({
      status: 'pending',
      nextBillingDate: '2027-01-01T00:00:00.000Z',
    });
    expect(of('2026-12-01T00:00:00.000Z').services[0]?.first_period).toBe('2026-12');
    expect(of('2020-01-01T00:00:00.000Z').services[0]?.first_period).toBe('2026-12');
  });

  test('keeps its price when a request repeats it', () => {
    const dearer = { ...tariff, services: tariff.services.map((each) => ({ ...each, price: '9.0000' })) };
    const later = { tariff: dearer, days, now: new Date('2026-12-20T00:00:00.000Z') };
    const after = replaceServices(first, [pbx, { ...sms, quantity: 2 }], made, later);
    expect(
      listedServices(after, later.now).map(({ service_type, price, cancelled_at }) => [
        service_type,
        price,
        cancelled_at,
      ]),
    ).toEqual([
      ['sms', '100.0000', later.now.toISOString()],
      ['pbx', '5.0000', null],
      ['sms', '9.0000', null],
    ]);
  });
});

describe('a cancelled service', () => {
  const cancelled = cancelServices(first, 'pbx', { days, now }) ?? first;

  test('is listed to the end of the period', () => {
    const statesAt = (at: string) =>
      presentServices(cancelled, { ...shown, now: new Date(at) }).subscriptions.map(({ status }) => status);
    expect([statesAt('2026-11-30T23:59:59.999Z'), statesAt('2026-12-01T00:00:00.000Z')]).toEqual([
      ['cancelled', 'active'],
      ['active'],
    ]);
    expect(presentServices(cancelled, shown).totalMonthlyRate).toBe(8.3333);
  });

  test('is not cancelled again; all are cancelled together', () => {
    expect(cancelServices(cancelled, 'pbx', { days, now })).toBeUndefined();
    const all = cancelServices(first, undefined, { days, now }) ?? first;
    expect(presentServices(all, shown)).toMatchObject({
      status: 'cancelled',
      nextBillingDate: null,
      totalMonthlyRate: 0,
    });
  });

  test('shows the state of its organization', () => {
    const suspended = { ...shown, organization: { org_id: 1001, status: 'suspended' } };
    expect(presentServices(first, suspended).status).toBe('suspended');
  });
});

test('however often services change, one of a type at most is charged for a period, and lists stay short', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 20 * 86_400_000 }),
    wanted: fc.option(fc.record({ plan: fc.constantFrom('pro', 'basic'), quantity: fc.integer({ min: 1, max: 3 }) }), {
      nil: null,
    }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 28 }), (steps, day) => {
      const billingDays = billingDayAlways(day);
      let at = now.getTime();
      let list = replaceServices(undefined, [pbx], made, { ...terms, days: billingDays });
      const held: { from: number; to: number }[] = [{ from: at, to: Infinity }];
      for (const { wait, wanted } of steps) {
        at += wait;
        const of = { tariff, days: billingDays, now: new Date(at) };
        const last = held.at(-1);
        if (wanted === null) {
          if (last !== undefined && last.to === Infinity) last.to = at;
          list = cancelServices(list, 'pbx', of) ?? list;
        } else {
          if (last?.to !== Infinity) held.push({ from: at, to: Infinity });
          list = replaceServices(list, [{ serviceType: 'pbx', ...wanted }], made, of);
        }
      }
      expect(list.services.length).toBeLessThan(110);
      // The periods that may still be closed: the present one and the next.
      const present = periodAt(at, billingDays);
      for (const period of [present, periodAfter(present.name, billingDays)]) {
        const charged = list.services.filter((each) => each.service_type === 'pbx' && isChargedIn(each, period));
        const isHeld = held.some(({ from, to }) => from <= period.start && to > period.start);
        expect(charged).toHaveLength(isHeld ? 1 : 0);
      }
    }),
  );
});

describe('the period in which a service begins', () => {
  const profile = newProfile({ id: 'bp_1', organization: 1001, billingName: '', currency: 'USD', now: '' });
  type List = ReturnType<typeof replaceServices>;
  const at = (time: string) => ({ ...terms, now: new Date(time) });
  const amounts = (list: List, time = now.toISOString()): string[] =>
    firstCharges(list, profile, new Date(time)).map(({ amount }) => String(-Number(amount) / 1e6));

  test('is charged by days with the first one, of longer cycles the part of a month', () => {
    // 11 of 30 days: of 9 × 5.00, and of 100.00 a year.
    expect(amounts(first)).toEqual(['16.5', '3.0556']);
    const early = at('2026-11-01T09:00:00.000Z');
    expect(amounts(replaceServices(undefined, [pbx], made, early), early.now.toISOString())).toEqual(['45']);
    expect(firstCharges(first, profile, now)[0]).toMatchObject({ type: 'service', period: '2026-11' });
  });

  test('is charged once for services that continue, and is free where the whole period is charged', () => {
    const later = at('2026-11-21T10:00:00.000Z');
    expect(amounts(replaceServices(first, [pbx, sms], made, later), later.now.toISOString())).toEqual([]);
    const atStart = at('2026-12-01T00:00:00.000Z');
    expect(amounts(replaceServices(undefined, [pbx], made, atStart), atStart.now.toISOString())).toEqual([]);
  });

  test('is charged for what is dearer after a change, and nothing is given back', () => {
    const days10 = at('2026-11-21T00:00:00.000Z');
    const changed = (list: List, quantity: number) => replaceServices(list, [{ ...pbx, quantity }, sms], made, days10);
    const amount = (list: List) => amounts(list, days10.now.toISOString());
    // 10 of 30 days for 3 more.
    expect(amount(changed(first, 12))).toEqual(['5']);
    expect(amount(changed(first, 2))).toEqual([]);
    // A change down and up again, or an end and a new begin, is no second charge.
    const down = replaceServices(first, [{ ...pbx, quantity: 1 }, sms], made, at('2026-11-20T12:00:00.000Z'));
    expect(amount(changed(down, 9))).toEqual([]);
    const ended = cancelServices(first, 'pbx', at('2026-11-20T12:00:00.000Z')) ?? first;
    expect(amount(changed(ended, 10))).toEqual(['1.6667']);
  });

  test('is not charged with the subscription for what begins later', () => {
    const pending = replaceServices(undefined, [{ ...pbx, startDate: '2026-11-25T00:00:00.000Z' }], made, terms);
    expect(amounts(pending)).toEqual([]);
    expect(pending.services[0]).toMatchObject({ partial: { from: '2026-11-25T00:00:00.000Z', booked: false } });
  });
});
