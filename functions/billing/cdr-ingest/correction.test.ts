import { describe, expect, test } from 'vitest';
import { readRecord, recordOf } from './cdr.ts';
import { restoreCdr, storeCdr } from './cdr-pointer.ts';
import { calendarOf, type FiledCdr, maxHistory } from './filed-cdr.ts';
import {
  classifyArrival,
  classifyRepeat,
  classifyStatement,
  fillsOf,
  promoteCdr,
  promoteWithUpdate,
  replaceCdr,
  statementOf,
  updateCdr,
  usageWithout,
  versionOf,
  voidedCall,
} from './correction.ts';
import { accountWith, arrivalOf, fileArrival, filedCdrOf, now, tariffOf } from './filed-cdr.fixture.ts';
import { type CdrOrigin, cdrOrigins } from './cdr-message.ts';

describe('an arrival of a stored identity', () => {
  const tenant = arrivalOf({}, { origin: 'tenant' });
  const stored = versionOf(tenant);

  test('is a redelivery if it is the record that made the CDR, whatever it says', () => {
    expect(classifyArrival(stored, arrivalOf({ disposition: 'BUSY' }))).toBe('redelivery');
  });

  test('is a duplicate with the same content, and raises the rank if its own is higher', () => {
    expect(classifyArrival(stored, arrivalOf({}, { origin: 'tenant' }, 1))).toBe('duplicate');
    expect(classifyArrival(stored, arrivalOf({}, { message: 'm2', origin: 'tenant' }))).toBe('duplicate');
    expect(classifyArrival(stored, arrivalOf({}, { message: 'm2', origin: 'seller' }))).toBe('promotion');
  });

  test("replaces a tenant's record if the platform sends other content, else it conflicts", () => {
    const other = { disposition: 'BUSY' };
    expect(classifyArrival(stored, arrivalOf(other, { message: 'm2' }))).toBe('replacement');
    expect(classifyArrival(stored, arrivalOf(other, { message: 'm2', origin: 'tenant' }))).toBe('conflict');
    expect(classifyArrival(versionOf(arrivalOf()), arrivalOf(other, { message: 'm2' }))).toBe('conflict');
  });
});

describe('a corrected record', () => {
  const stored = versionOf(arrivalOf({ revision: 2 }));

  test('replaces lower revisions, whatever its content, and is not replaced by them', () => {
    expect(classifyArrival(stored, arrivalOf({ revision: 3 }, { message: 'm2' }))).toBe('replacement');
    expect(classifyArrival(stored, arrivalOf({}, { message: 'm2' }))).toBe('superseded');
    expect(classifyArrival(stored, arrivalOf({ callee: 'alice' }, { message: 'm2' }))).toBe('superseded');
    expect(classifyArrival(stored, arrivalOf({ revision: 2 }, { message: 'm2' }))).toBe('duplicate');
    expect(classifyArrival(stored, arrivalOf({ revision: 2, callee: 'alice' }, { message: 'm2' }))).toBe('conflict');
  });

  test('is compared by rank before its revision', () => {
    const tenant = versionOf(arrivalOf({ revision: 9 }, { origin: 'tenant' }));
    expect(classifyArrival(tenant, arrivalOf({}, { message: 'm2', origin: 'seller' }))).toBe('replacement');
    expect(classifyArrival(stored, arrivalOf({ revision: 9 }, { message: 'm2', origin: 'seller' }))).toBe('conflict');
    expect(classifyArrival(stored, arrivalOf({}, { message: 'm2', origin: 'tenant' }))).toBe('conflict');
  });

  test('is known again after it was replaced', () => {
    const replaced = replaceCdr(fileArrival(arrivalOf()), fileArrival(arrivalOf({ revision: 2 }, { message: 'm2' })));
    expect(classifyArrival(replaced, arrivalOf())).toBe('redelivery');
    expect(classifyArrival(replaced, arrivalOf({}, { message: 'm3' }))).toBe('superseded');
  });
});

describe('a void', () => {
  const voided = arrivalOf({ void: true, revision: 2 }, { message: 'm2' });

  test('keeps the call for display, and reverses its rating', () => {
    const stored = filedCdrOf({ cost: 0.04, custom: { ref: 1 } });
    expect(replaceCdr(stored, fileArrival(voidedCall(stored, voided)))).toMatchObject({
      caller: '+14155551234',
      number: '+14155551234',
      start_time: stored.start_time,
      custom: { ref: 1 },
      cost: null,
      void: true,
      record_revision: 2,
      rating: { status: 'void', charge: '0.0000', currency: null, billed_seconds: 0, revision: 2 },
      rating_history: [stored.rating],
    });
  });

  test('of an unknown call has no parties, and the time of its arrival', () => {
    expect(fileArrival(voided)).toMatchObject({
      caller: '',
      callee: '',
      number: null,
      start_time: '2026-11-15T10:40:00Z',
      duration: 0,
      rating: { status: 'void', period: '2026-11' },
    });
  });

  test('has its identity, its rank and its revision as content, and nothing fills it', () => {
    const stored = statementOf(voided.cdr, 'platform');
    const more = arrivalOf({ void: true, revision: 2, callee: 'alice', cause: { q850: 16 }, cost: 1 });
    expect(classifyStatement(stored, statementOf(more.cdr, 'platform'))).toBe('duplicate');
    expect(classifyStatement(stored, statementOf(arrivalOf({ revision: 2 }).cdr, 'platform'))).toBe('conflict');
    expect(fillsOf(stored, { ...stored, cost: '1.0000' })).toEqual({});
  });
});

describe('a later record of the same content', () => {
  const quality = { mos: 4.1, jitter_ms: 3, loss_percent: 0, codec: 'PCMU' };
  const texts = { related_call_id: 'c1', answered_by: 'machine', account_code: 'acme' };
  const stated = { cost: 0.04, cause: { q850: 16 }, custom: { ref: 1 }, quality, ...texts };

  test('fills what is empty, once', () => {
    const stored = filedCdrOf();
    const arrival = arrivalOf(stated, { message: 'm2' });
    expect(classifyArrival(stored, arrival)).toBe('update');
    const updated = updateCdr(stored, arrival);
    expect(updated).toMatchObject({
      cost: '0.0400',
      cause: { q850: 16 },
      custom: { ref: 1 },
      quality,
      ...texts,
      rating: { charge: '0.0955', cost: '0.0400', revision: 1 },
      rating_history: [],
    });
    expect(classifyArrival(updated, arrival)).toBe('redelivery');
    expect(classifyArrival(updated, arrivalOf({ ...stated, cost: 0.05 }, { message: 'm3' }))).toBe('duplicate');
  });

  test('states a cost only for a CDR of its own rank, and never as a tenant', () => {
    const late = arrivalOf({ cost: 0.04 }, { message: 'm2', origin: 'seller' });
    expect(classifyArrival(filedCdrOf(), late)).toBe('duplicate');
    expect(classifyArrival(fileArrival(arrivalOf({}, { origin: 'seller' })), late)).toBe('update');
    const tenant = statementOf(arrivalOf({ cost: 0.04 }).cdr, 'tenant');
    expect(fillsOf({ ...tenant, cost: null }, tenant)).toEqual({});
  });

  test('leaves a cost that the tariff of the trunk has given', () => {
    const filed = filedCdrOf();
    const stored: FiledCdr = { ...filed, rating: { ...filed.rating, cost: '0.0300', cost_currency: 'EUR' } };
    expect(updateCdr(stored, arrivalOf(stated, { message: 'm2' })).rating).toMatchObject({ cost: '0.0300' });
  });

  test('and of a higher rank states the cost alone', () => {
    const stored = fileArrival(
      arrivalOf({ cost: 0.04, custom: { ref: 1 }, account_code: 'acme' }, { origin: 'seller' }),
    );
    const silent = arrivalOf({}, { message: 'm2' });
    expect(classifyArrival(stored, silent)).toBe('promotion');
    const promoted = promoteCdr(stored, silent);
    expect(promoted).toMatchObject({ origin: 'platform', cost: null, custom: { ref: 1 }, account_code: 'acme' });
    expect(promoted).not.toHaveProperty('answered_by');
    const arrival = arrivalOf({ cause: { q850: 16 } }, { message: 'm2' });
    expect(classifyArrival(stored, arrival)).toBe('promotion with update');
    expect(classifyArrival(promoteWithUpdate(stored, arrival), arrival)).toBe('redelivery');
  });
});

describe('a CDR that replaces another', () => {
  const stored = filedCdrOf({}, accountWith({ shards: 3 }));

  test('stays in its shard, counts up the revision, and keeps the replaced rating', () => {
    const replaced = replaceCdr(stored, filedCdrOf({ disposition: 'BUSY' }));
    expect(replaced).toMatchObject({
      disposition: 'BUSY',
      shard: stored.shard,
      rating: { status: 'free', revision: 2 },
      rating_history: [stored.rating],
    });
  });

  test('remembers a bounded number of ratings and records', () => {
    let cdr = stored;
    for (let revision = 2; revision < maxHistory + 10; revision += 1)
      cdr = replaceCdr(cdr, fileArrival(arrivalOf({ revision }, { message: `m${revision}` })));
    expect([cdr.rating_history.length, cdr.received_before?.length]).toEqual([maxHistory, maxHistory]);
    expect(cdr.rating_history[0]?.revision).toBe(maxHistory + 8);
  });

  test('is rated as if the former one had used nothing, unless its period is closed', () => {
    const account = accountWith({ tariff: tariffOf({ included_minutes: 10 }, { included: true }) });
    const former = filedCdrOf({}, account);
    const usage = { seconds: 1_000, includedSeconds: 500 };
    const open = calendarOf(account, now, 0);
    expect(usageWithout(former, { usage, name: '2026-11', calendar: open })).toEqual({
      seconds: 658,
      includedSeconds: 158,
    });
    expect(usageWithout(former, { usage, name: '2026-10', calendar: open })).toEqual(usage);
    const closed = calendarOf(account, Date.parse('2026-12-15T00:00:00Z'), 0);
    expect(usageWithout(former, { usage, name: '2026-12', calendar: closed })).toEqual({ ...usage, seconds: 658 });
  });
});

const of = (content_hash: string, origin: CdrOrigin, record_revision = 1) => ({
  content_hash,
  billable_seconds: 2,
  origin,
  record_revision,
  void: false,
});

test('a repeat with the same content is a duplicate, with other content a conflict', () => {
  expect(classifyRepeat(of('a', 'platform'), of('a', 'platform'))).toBe('duplicate');
  expect(classifyRepeat(of('a', 'platform'), of('b', 'platform'))).toBe('conflict');
  expect(classifyRepeat(of('a', 'platform'), of('b', 'tenant'))).toBe('conflict');
  expect(classifyRepeat(of('a', 'tenant'), of('b', 'tenant'))).toBe('conflict');
});

test.each(cdrOrigins)('of the rank %s, a higher revision replaces a lower one, which is superseded', (origin) => {
  for (const content of ['a', 'b']) {
    expect(classifyRepeat(of('a', origin, 1), of(content, origin, 2))).toBe('replacement');
    expect(classifyRepeat(of('a', origin, 2), of(content, origin, 1))).toBe('superseded');
  }
});

test.each([
  ['tenant', 'seller'],
  ['tenant', 'platform'],
  ['seller', 'platform'],
] as const)('a record of the rank %s gives way to one of the rank %s, and never the other way round', (low, high) => {
  for (const [first, second] of [
    [1, 1],
    [1, 2],
    [2, 1],
  ] as const) {
    expect(classifyRepeat(of('a', low, first), of('b', high, second))).toBe('replacement');
    expect(classifyRepeat(of('a', high, first), of('b', low, second))).toBe('conflict');
  }
  expect(classifyRepeat(of('a', low), of('a', high))).toBe('promotion');
  expect(classifyRepeat(of('a', high), of('a', low))).toBe('duplicate');
});

test('filing first in whole seconds saves no second: a higher rank replaces what is charged for fewer', () => {
  const seconds = { start_time: '2026-11-15T10:30:00Z', end_time: '2026-11-15T10:30:01Z' };
  const precise = { start_time: '2026-11-15T10:30:00.050Z', end_time: '2026-11-15T10:30:01.760Z' };
  const stored = fileArrival(arrivalOf(seconds, { origin: 'tenant' }));
  const arrival = arrivalOf(precise, { message: 'm2' });
  expect(arrival.cdr).toMatchObject({ content_hash: stored.content_hash, billable_seconds: 2 });
  expect(classifyArrival(stored, arrival)).toBe('replacement');
  const confirmed = fileArrival(arrivalOf(precise, { origin: 'tenant' }));
  expect(classifyArrival(confirmed, arrival)).toBe('promotion');
});

test('a record that an earlier version filed in whole seconds is a duplicate, and stays charged as it was', () => {
  const precise = { start_time: '2026-11-15T10:30:00.050Z', end_time: '2026-11-15T10:30:01.760Z' };
  const { pointer, rest } = storeCdr(
    filedCdrOf({ start_time: '2026-11-15T10:30:00Z', end_time: '2026-11-15T10:30:01Z' }),
  );
  const { start_ms, answer_ms, end_ms, stated, ...former } = JSON.parse(String(rest)) as Record<string, unknown>;
  expect([start_ms, answer_ms, end_ms, stated]).toEqual([0, null, 0, {}]);
  const stored = restoreCdr({ pointer, rest: JSON.stringify(former) });
  expect(classifyArrival(stored, arrivalOf(precise, { message: 'm2' }))).toBe('duplicate');
  expect(readRecord(recordOf(stored), 1001)).toMatchObject({ cdr: { content_hash: stored.content_hash } });
  expect(stored).toMatchObject({ billable_seconds: 1, start_ms: 0, answer_ms: null, end_ms: 0 });
});
