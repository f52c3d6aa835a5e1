import { describe, expect, test } from 'vitest';
import { accountWith, arrivalOf, fileArrival, filedCdrOf, now, tariffOf } from './filed-cdr.fixture.ts';
import { accountOf, calendarIn, calendarOf, partyOf, rerateCdr } from './filed-cdr.ts';
import { NOTHING_USED } from './usage.ts';

describe('a filed CDR', () => {
  test('has its rating, its sender and the record that made it', () => {
    const cdr = fileArrival(arrivalOf({}, { batch_id: 'b1', origin: 'tenant' }, 3));
    expect(cdr).toMatchObject({
      origin: 'tenant',
      batch_id: 'b1',
      source: 'test',
      received_as: 'm1#3',
      received_at: '2026-11-15T10:40:00.000Z',
      rating: { status: 'rated', charge: '0.0955', period: '2026-11', revision: 1 },
      rating_history: [],
      shard: 0,
    });
  });

  test.each([
    ['outbound', '+14155551234'],
    ['inbound', '+14155555678'],
    ['internal', null],
  ])('of direction %s has the own number %s', (direction, number) => {
    expect(filedCdrOf({ direction }).number).toBe(number);
  });

  test('has its parties in E.164 form where they are numbers', () => {
    expect(filedCdrOf({ caller: '(415) 555-1234', callee: 'alice' })).toMatchObject({
      caller_party: '+14155551234',
      callee_party: 'alice',
    });
  });

  test('has one of the shards of its account', () => {
    const shards = Array.from({ length: 50 }, (_, at) => filedCdrOf({ call_id: `${at}` }, accountWith({ shards: 3 })));
    expect(new Set(shards.map(({ shard }) => shard))).toEqual(new Set([0, 1, 2]));
  });
});

test('numbers are read as the organization, the producer of the record, or the trunk writes them', () => {
  const dialed = { caller: 'sip:+12135550100@x', callee: '9011442079460000' };
  const numbers = { strip: ['8'], sources: { test: { strip: ['9'] } } };
  expect(filedCdrOf(dialed)).toMatchObject({ number: '+12135550100', callee_party: '9011442079460000' });
  expect(filedCdrOf(dialed, accountWith({ numbers })).callee_party).toBe('+442079460000');
  expect(filedCdrOf(dialed, accountWith({ numbers: { strip: ['8'] } })).rating.reason).toBe('NOT_E164');
  expect(filedCdrOf(dialed, accountWith({ numbers })).rating.reason).toBe('NO_RATE');
  const ofTrunk = accountWith({ numbers: { strip: ['8'] }, trunkFormats: new Map([['t1', { strip: ['9'] }]]) });
  expect(filedCdrOf({ ...dialed, trunk_id: 't1' }, ofTrunk).callee_party).toBe('+442079460000');
  expect(filedCdrOf({ ...dialed, trunk_id: 't2' }, ofTrunk).callee_party).toBe(dialed.callee);
  const inputs = { calendar: calendarOf(accountWith(), now, 0), usage: NOTHING_USED, carrier: null };
  expect(rerateCdr(filedCdrOf(dialed), accountWith({ numbers }), inputs)).toMatchObject({
    callee_party: '+442079460000',
    rating: { reason: 'NO_RATE' },
  });
});

test('a party is the number that its country dials, or unchanged', () => {
  expect(partyOf('020 7946 0000', { country: 'GB' })).toBe('+442079460000');
  expect(partyOf('anonymous', { country: 'GB' })).toBe('anonymous');
});

test('an organization without parent is its own seller', () => {
  const item = {
    org_id: 1000,
    parent_id: null,
    country: 'US',
    timezone: 'UTC',
    created_at: '2024-01-01T00:00:00.000Z',
    retention: { cdr_days: 90 },
    charge_shards: 1,
  };
  expect(accountOf(item, null, null).seller).toBe(1000);
  expect(accountOf({ ...item, org_id: 1001, parent_id: 1000 }, null, null).seller).toBe(1000);
});

test('a calendar has months of the year without a profile, and the grace of the environment', () => {
  expect(calendarOf({ profile: null }, now, 7)).toMatchObject({ days: [{ from: null, day: 1 }], now, grace: 7 });
  expect(calendarIn({ profile: null }, now, { PERIOD_GRACE_HOURS: '2' }).grace).toBe(7_200_000);
});

describe('a CDR that is rated again', () => {
  const stored = filedCdrOf({}, accountWith({ shards: 3 }));

  test('at its present price keeps its wholesale rating', () => {
    const charged = { ...stored, rating: { ...stored.rating, wholesale: stored.rating } };
    const account = accountWith({ tariff: tariffOf({}, { price_per_minute: 0.03 }) });
    const rerated = rerateCdr(charged, account, {
      calendar: calendarOf(account, now, 0),
      usage: NOTHING_USED,
      carrier: null,
    });
    expect(rerated.rating).toMatchObject({ charge: '0.1810', revision: 2, wholesale: stored.rating });
    expect(rerated.rating_history).toEqual([charged.rating]);
  });
});
