import { expect, test } from 'vitest';
import { money } from '../../../shared/schema/money.ts';
import type { Reservation } from '../reservations/reservation.ts';
import { callsToEnd, endedBy, endingItems } from './reserved-calls.ts';

const reservation = (call_id: string): Reservation => ({
  call_id,
  amount: money(40_000n),
  currency: 'USD',
  number: '+14155550100',
  seconds: 120,
  limit: null,
  at: '2026-11-20T12:00:00.000Z',
  expires_at: '2026-11-20T12:11:59.000Z',
});
const reserved = new Map(['one', 'two'].map((id) => [id, reservation(id)]));
const outbound = (call_id: string) => ({ call_id, direction: 'outbound' }) as const;
const inbound = (call_id: string) => ({ call_id, direction: 'inbound' }) as const;
const internal = (call_id: string) => ({ call_id, direction: 'internal' }) as const;

test('only prepaid organizations have reservations to look for, of outbound calls, once each', () => {
  const cdrs = [outbound('one'), outbound('one'), inbound('two'), internal('three')];
  expect(callsToEnd({ accountType: 'prepaid' }, cdrs)).toEqual(['one']);
  expect(callsToEnd({ accountType: 'postpaid' }, cdrs)).toEqual([]);
  expect(callsToEnd(null, cdrs)).toEqual([]);
});

test('the outbound legs of a call end its reservation once; other legs do not', () => {
  expect(endedBy([outbound('one'), outbound('one'), outbound('three')], reserved)).toEqual([reservation('one')]);
  expect(endedBy([inbound('one'), internal('two')], reserved)).toEqual([]);
});

test('a CDR that ends a reservation adds an item to its transaction', () => {
  expect([outbound('one'), inbound('one'), outbound('three')].map((cdr) => endingItems(cdr, reserved))).toEqual([
    1, 0, 0,
  ]);
});
