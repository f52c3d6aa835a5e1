import { describe, expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { codeOf } from '#test/support/errors.fixture.ts';
import {
  assertMayChange,
  expiryOf,
  isExpired,
  maxDurationOf,
  presentReservation,
  releasedBy,
  sipService,
  type Reservation,
} from './reservation.ts';

const blocked = ['CALL_IN_PROGRESS', 'CALL_IN_PROGRESS', null];

const reservationOf = (amount: bigint): Reservation => ({
  call_id: 'one',
  amount: money(amount),
  currency: 'USD',
  number: '+14155550100',
  seconds: 120,
  limit: null,
  at: '2026-11-20T12:00:00.000Z',
  expires_at: '2026-11-20T12:11:59.000Z',
});

test('a switch hangs up after the last second, so a call may last one second less than is paid for', () => {
  expect(maxDurationOf({ seconds: 120 })).toBe(119);
});

test('a reservation ends 5 minutes of ringing, the call, and 5 minutes for its CDR after the evaluation', () => {
  const expiry = expiryOf({ at: '2026-11-20T12:00:00.000Z', seconds: 120 });
  expect(expiry).toBe('2026-11-20T12:11:59.000Z');
  const reservation = { ...reservationOf(1n), expires_at: expiry };
  expect([isExpired(reservation, Date.parse(expiry) - 1), isExpired(reservation, Date.parse(expiry))]).toEqual([
    false,
    true,
  ]);
});

test('an answer shows call, amount, currency and end', () => {
  expect(presentReservation(reservationOf(40_000n))).toEqual({
    call_id: 'one',
    amount: '0.0400',
    currency: 'USD',
    expires_at: '2026-11-20T12:11:59.000Z',
  });
});

describe('a reservation is changed', () => {
  const carried = 'call_01K0000000000000000000000A';
  const reader = { owner: 'ak_1', changesOthers: false };
  const writer = { owner: 'ak_2', changesOthers: true };
  const service = { owner: sipService, changesOthers: true };
  const codes = (reservation: Parameters<typeof assertMayChange>[0]) =>
    [reader, writer, service].map((by) => codeOf(() => assertMayChange(reservation, by)));

  test.each([
    ['by who evaluated the call', { call_id: 'one', owner: 'ak_1' }, [null, null, null]],
    ['by others with dialplan:write', { call_id: 'one', owner: 'ak_3' }, ['INSUFFICIENT_SCOPE', null, null]],
    ['by the SIP service alone if it carries the call', { call_id: carried, owner: sipService }, blocked],
    ['with an id of the SIP service, and an owner', { call_id: carried, owner: 'ak_1' }, [null, null, null]],
    ['of an earlier version, of a switch', { call_id: 'one' }, [null, null, null]],
    ['of an earlier version, of the SIP service', { call_id: carried }, blocked],
    ['of an earlier version, of a side of its call', { call_id: `${carried}/source` }, blocked],
  ])('%s', (_case, reservation, expected) => {
    expect(codes(reservation)).toEqual(expected);
  });
});

test('reservations release their amounts', () => {
  expect(releasedBy([])).toBe(0n);
  expect(releasedBy([reservationOf(1n), reservationOf(2n)])).toBe(3n);
});
