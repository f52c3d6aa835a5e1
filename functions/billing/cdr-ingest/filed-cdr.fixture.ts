import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { compileTariff, type CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import type { Arrival, Sender } from './arrival.ts';
import { readRecord, type Cdr } from './cdr.ts';
import { calendarOf, fileCdr, type Account, type FiledCdr } from './filed-cdr.ts';
import { NOTHING_USED } from './usage.ts';

/** CDRs and accounts for tests of rules, which need no store. */

const created = '2024-01-01T00:00:00.000Z';
/** Five minutes after the calls of `cdrOf`. */
export const now = Date.parse('2026-11-15T10:40:00Z');

/** The record of an answered call of 342 seconds from +14155551234 to +14155555678. */
export const record = (callId: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  call_id: callId,
  caller: '+14155551234',
  callee: '+14155555678',
  start_time: '2026-11-15T10:30:00Z',
  end_time: '2026-11-15T10:35:42Z',
  disposition: 'ANSWERED',
  ...more,
});

function cdrOf(fields: Readonly<Record<string, unknown>> = {}): Cdr {
  const read = readRecord(record('call-1', fields), 1001);
  if ('rejection' in read) throw new Error(read.rejection.message);
  return read.cdr;
}

export const senderOf = (fields: Partial<Sender> = {}): Sender => ({
  message: 'm1',
  source: 'test',
  sent_at: '2026-11-15T10:40:00.000Z',
  batch_id: null,
  origin: 'platform',
  accepted: false,
  organization: null,
  ...fields,
});

export const arrivalOf = (
  fields: Readonly<Record<string, unknown>> = {},
  from: Partial<Sender> = {},
  position = 0,
): Arrival => ({ cdr: cdrOf(fields), from: senderOf(from), position });

/** Calls to +1: 0.015 a minute, 0.01 to connect, 60/6. A call of 342 seconds costs 0.0955. */
export function tariffOf(fields: object = {}, rate: object = {}): CompiledTariff {
  const body = NewTariff.parse({
    name: 'plan',
    currency: 'USD',
    rates: [
      {
        prefix: '1',
        price_per_minute: 0.015,
        connect_fee: 0.01,
        initial_seconds: 60,
        increment_seconds: 6,
        ...rate,
      },
    ],
    ...fields,
  });
  return compileTariff(firstVersion(body, { id: 'trf_1', organization: 1000, now: created }), body.rates);
}

/** Organization 1001 in the US, a customer of the operator 1000. */
export const accountWith = (fields: Partial<Account> = {}): Account => ({
  organization: 1001,
  seller: 1000,
  country: 'US',
  zone: 'UTC',
  since: created,
  retention: 90,
  shards: 1,
  profile: profileOf(),
  tariff: tariffOf(),
  ...fields,
});

/** The filed CDR of an arrival. */
export const fileArrival = (arrival: Arrival, account: Account = accountWith(), at = now): FiledCdr =>
  fileCdr(arrival, account, { calendar: calendarOf(account, at, 0), usage: NOTHING_USED, carrier: null });

export const filedCdrOf = (fields: Readonly<Record<string, unknown>> = {}, account?: Account): FiledCdr =>
  fileArrival(arrivalOf(fields), account);
