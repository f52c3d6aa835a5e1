import { expect, test } from 'vitest';
import { amountOf } from '#schema/money.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import type { ReservationOffer } from './credit.ts';
import { assertChangeable, notReserved, reservationOf, reserved } from './offered-reservation.ts';

const at = '2026-11-20T12:00:00.000Z';
const profile = newProfile({ id: 'bp_1', organization: 1001, billingName: 'Acme', currency: 'EUR', now: at });
const offer: ReservationOffer = {
  seconds: 120,
  amount: amountOf('0.04'),
  account: { profile, balance: [], replaced: null },
  call: { numbers: ['+14155550100'], at, terms: { country: 'US', customerSince: 0, tariff: null } },
  max: 3_600,
};

test('a reservation has what its renewal needs: number, time of the evaluation, limit of the policy', () => {
  expect(reservationOf(offer, { call_id: 'one' })).toEqual({
    call_id: 'one',
    amount: amountOf('0.04'),
    currency: 'EUR',
    number: '+14155550100',
    seconds: 120,
    limit: 3_600,
    at,
    expires_at: '2026-11-20T12:11:59.000Z',
  });
});

test('a reservation belongs to the credential that evaluated the call, and to none if that is unknown', () => {
  const own = reservationOf(offer, { call_id: 'one', owner: 'key_1' });
  expect(own.owner).toBe('key_1');
  expect(() => {
    assertChangeable(own, { owner: 'key_2', changesOthers: false });
  }).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_SCOPE' }));
  expect(reservationOf(offer, { call_id: 'one' })).not.toHaveProperty('owner');
});

test('a call that has reserved is answered its duration and the reservation, one that looks the duration alone', () => {
  expect(reserved(reservationOf(offer, { call_id: 'one' }))).toMatchObject({
    duration: 119,
    reservation: { amount: '0.0400' },
  });
  expect(notReserved(offer)).toEqual({ duration: 119, reservation: null });
});
