import { describe, expect, test } from 'vitest';
import { day, minute } from '#schema/time.ts';
import { arrivalOf, senderOf } from './filed-cdr.fixture.ts';
import { versionOf } from './correction.ts';
import {
  failAll,
  failFiled,
  failWithoutProgress,
  filedIds,
  isRequeued,
  outcomeOfRepeat,
  rejectAll,
  reportsOf,
  screenArrivals,
  unfiledRecords,
  type Outcome,
  type SettledArrival,
} from './outcomes.ts';

const arrival = arrivalOf();
const filed: Outcome = { is: 'filed' };
const duplicate: Outcome = { is: 'duplicate' };
const rejected: Outcome = { is: 'rejected', record: { call_id: 'x', leg: 'a', code: 'TOO_OLD', message: 'too old' } };
const outOfTime: Outcome = { is: 'deferred', by: 'deadline' };
const contended: Outcome = { is: 'deferred', by: 'contention' };
const error = new Error('down');
const failed: Outcome = { is: 'failed', error };
const settled = (...outcomes: Outcome[]): SettledArrival[] => outcomes.map((outcome) => ({ arrival, outcome }));

describe('an arrival', () => {
  const end = Date.parse(arrival.cdr.end_time);
  const screen = (at: number, retention = 90) => screenArrivals([arrival], { now: at, retention });

  test('is timely up to 5 minutes before its end', () => {
    expect(screen(end - 5 * minute)).toEqual({ timely: [arrival], untimely: [] });
    expect(screen(end - 5 * minute - 1).untimely).toMatchObject([
      { arrival, outcome: { is: 'rejected', record: { call_id: 'call-1', code: 'IN_FUTURE' } } },
    ]);
  });

  test('is timely within the retention of its organization', () => {
    const start = Date.parse(arrival.cdr.start_time);
    expect(screen(start + 7 * day, 7).timely).toEqual([arrival]);
    expect(screen(start + 7 * day + 1_000, 7).untimely).toMatchObject([
      { outcome: { is: 'rejected', record: { code: 'TOO_OLD' } } },
    ]);
  });

  test('of an organization that does not exist is rejected for this reason', () => {
    const reason = { code: 'FORBIDDEN_ORG', message: 'no such organization', details: [] } as const;
    expect(rejectAll([arrival], reason)).toMatchObject([
      { outcome: { is: 'rejected', record: { code: 'FORBIDDEN_ORG', message: 'no such organization' } } },
    ]);
  });
});

describe('an arrival of a stored identity', () => {
  const other = { disposition: 'BUSY' };

  test('is filed if an earlier delivery of the same record has stored it', () => {
    expect(outcomeOfRepeat(versionOf(arrival), arrivalOf(other))).toEqual(filed);
  });

  test('is a duplicate with the same content', () => {
    expect(outcomeOfRepeat(versionOf(arrival), arrivalOf({}, {}, 1))).toEqual(duplicate);
  });

  test('is rejected as a conflict with other content', () => {
    expect(outcomeOfRepeat(versionOf(arrival), arrivalOf(other, {}, 1))).toMatchObject({
      is: 'rejected',
      record: { call_id: 'call-1', leg: 'a', code: 'CDR_CONFLICT' },
    });
  });

  test('of the platform must replace other content of the tenant', () => {
    const tenant = versionOf(arrivalOf({}, { origin: 'tenant' }));
    expect(outcomeOfRepeat(tenant, arrivalOf(other, {}, 1))).toBe('replacement');
  });
});

describe('work that follows filing', () => {
  test('is for filed CDRs only', () => {
    expect(filedIds(settled(filed, duplicate, rejected, outOfTime, failed))).toEqual([arrival.cdr.id]);
  });

  test('fails only filed arrivals if it fails', () => {
    expect(failFiled(settled(filed, duplicate, rejected), error)).toEqual(settled(failed, duplicate, rejected));
  });
});

describe('a run without progress', () => {
  const unavailable = { is: 'failed', error: { code: 'UNAVAILABLE' } };

  test('fails the arrivals that ran out of time', () => {
    expect(failWithoutProgress(settled(failed, outOfTime))).toMatchObject([
      { outcome: failed },
      { outcome: unavailable },
    ]);
  });

  test.each([
    ['a filed CDR', filed],
    ['a duplicate', duplicate],
    ['a rejected record', rejected],
    ['contention, which shows that the store answers', contended],
  ])('is not one with %s', (_, outcome) => {
    const arrivals = settled(outOfTime, outcome);
    expect(failWithoutProgress(arrivals)).toEqual(arrivals);
  });
});

describe('a message', () => {
  test('is requeued if a record was deferred and none failed', () => {
    expect(isRequeued({ settled: settled(filed, outOfTime) })).toBe(true);
    expect(isRequeued({ settled: settled(contended) })).toBe(true);
    expect(isRequeued({ settled: settled(outOfTime, failed) })).toBe(false);
    expect(isRequeued({ settled: settled(filed, duplicate, rejected) })).toBe(false);
    expect(isRequeued({ settled: [] })).toBe(false);
  });

  test('fails by the error of its first record that failed', () => {
    const unfiled = (...outcomes: Outcome[]) => unfiledRecords({ unreadable: [], settled: settled(...outcomes) }, 1000);
    expect(() => unfiled(filed, failed)).toThrow(error);
    expect(() => unfiled(outOfTime, failed)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  });

  test('leaves its duplicates and rejected records to be reported', () => {
    expect(unfiledRecords({ unreadable: [], settled: settled(filed, duplicate, rejected) }, 1000)).toEqual([
      { from: arrival.from, owner: 1001, rejected: null },
      { from: arrival.from, owner: 1001, rejected: rejected.record },
    ]);
  });

  test('leaves unreadable records to the owner of the batch, or to the operator', () => {
    const unreadable = [
      { from: senderOf(), position: 0, rejected: rejected.record },
      { from: senderOf({ organization: 1002 }), position: 1, rejected: rejected.record },
    ];
    expect(unfiledRecords({ unreadable, settled: [] }, 1000).map(({ owner }) => owner)).toEqual([1000, 1002]);
  });
});

describe('the reports of a message', () => {
  const record = rejected.record;
  const unfiled = (owner: number, of: typeof record | null, batch_id: string | null = 'b1') => ({
    from: senderOf({ batch_id }),
    owner,
    rejected: of,
  });

  test('are one for each owner', () => {
    expect(reportsOf('m1', [unfiled(1001, record), unfiled(1002, null), unfiled(1001, null)])).toEqual([
      {
        identity: 'm1',
        owner: 1001,
        from: senderOf({ batch_id: 'b1' }),
        rejected: [record],
        duplicates: 1,
        superseded: 0,
      },
      { identity: 'm1', owner: 1002, from: senderOf({ batch_id: 'b1' }), rejected: [], duplicates: 1, superseded: 0 },
    ]);
  });

  test('leave out duplicates that belong to no batch', () => {
    expect(reportsOf('m1', [unfiled(1001, null, null)])).toEqual([]);
    expect(reportsOf('m1', [unfiled(1001, record, null), unfiled(1001, null, null)])).toMatchObject([
      { rejected: [record], duplicates: 1 },
    ]);
  });
});

test('arrivals of an organization that cannot be opened fail by its error', () => {
  expect(failAll([arrival], error)).toEqual(settled(failed));
});
