import { describe, expect, test } from 'vitest';
import type { RejectedRecord } from './arrival.ts';
import {
  countsOfFiled,
  countsOfUnfiled,
  type Filing,
  ratedEvent,
  rejectedEvent,
  rejectionReportOf,
  sumByBatch,
  totalOf,
} from './batch-report.ts';
import { arrivalOf, fileArrival, filedCdrOf, senderOf } from './filed-cdr.fixture.ts';

const rejected = (count: number): RejectedRecord[] =>
  Array.from({ length: count }, (_, at) => ({ call_id: `call-${at}`, leg: 'a', code: 'TOO_OLD', message: 'too old' }));

describe('the event of filed CDRs', () => {
  test('counts them by status, and shows the charges of each period', () => {
    const cdrs = [filedCdrOf(), filedCdrOf({ call_id: 'busy', disposition: 'BUSY' })];
    const sums = [{ period: '2026-11', charges: 95_500n, seconds: 342, calls: 2 }];
    expect(ratedEvent(cdrs, sums)).toEqual({
      entity: { type: 'org', id: 'org_1001' },
      description: '2 calls filed',
      fields: {
        cdr_ids: cdrs.map(({ id }) => id),
        rated: 1,
        free: 1,
        unrated: 0,
        void: 0,
        currency: 'USD',
        periods: [{ period: '2026-11', charge: '0.0955', seconds: 342 }],
      },
    });
  });

  test('of one CDR says call, not calls', () => {
    expect(ratedEvent([filedCdrOf()], []).description).toBe('1 call filed');
  });
});

test('the event of rejected records counts all and shows 20', () => {
  const { description, fields } = rejectedEvent(senderOf({ batch_id: 'b1' }), 1001, rejected(21));
  expect(description).toBe('21 CDRs of test rejected');
  expect(fields).toMatchObject({ source: 'test', batch_id: 'b1', rejected: 21 });
  expect(fields.rejections).toHaveLength(20);
});

describe('the report of a message', () => {
  const now = new Date('2026-11-15T10:40:00.500Z');

  test('is identified by the time and the id of the message, and kept 30 days', () => {
    const report = rejectionReportOf(senderOf({ batch_id: 'b1' }), { rejected: rejected(1), duplicates: 2 }, now);
    expect(report).toEqual({
      id: 'rej_20261115T104000000Z_m1',
      batch_id: 'b1',
      source: 'test',
      rejected: rejected(1),
      duplicates: 2,
      expires_at: Date.parse('2026-12-15T10:40:00Z') / 1_000,
    });
  });

  test('holds at most 100 records, and `-` for no batch', () => {
    const report = rejectionReportOf(senderOf(), { rejected: rejected(101), duplicates: 0 }, now);
    expect([report.rejected.length, report.batch_id]).toEqual([100, '-']);
  });
});

const filing = (...of: Parameters<typeof arrivalOf>): Filing => {
  const arrival = arrivalOf(...of);
  return { arrival, filed: fileArrival(arrival) };
};
const rejectedFor = (code: RejectedRecord['code']): RejectedRecord => ({
  call_id: 'x',
  leg: 'a',
  code,
  message: 'rejected',
});
const [batch_id, organization] = ['b1', 1001];

describe('filed CDRs', () => {
  test('are counted as received, and by the status of their rating', () => {
    const filings = [
      filing({}, { batch_id }),
      filing({ call_id: 'busy', disposition: 'BUSY' }, { batch_id }),
      filing({ call_id: 'abroad', callee: '+442079460000' }, { batch_id }),
      filing({ call_id: 'other' }, { batch_id }),
    ];
    expect(countsOfFiled(filings)).toEqual([
      { organization, batch_id, counts: { received: 4, rated: 2, free: 1, unrated: 1 } },
    ]);
  });

  test('that POST has accepted are not counted as received again', () => {
    expect(countsOfFiled([filing({}, { batch_id, accepted: true })])).toEqual([
      { organization, batch_id, counts: { rated: 1 } },
    ]);
  });

  test('are counted for the owner of their batch, and not without a batch', () => {
    expect(countsOfFiled([filing({}, { batch_id, organization: 1000 }), filing()])).toEqual([
      { organization: 1000, batch_id, counts: { received: 1, rated: 1 } },
    ]);
  });
});

describe('records that were not filed', () => {
  const unfiled = { rejected: [rejectedFor('CDR_CONFLICT'), rejectedFor('TOO_OLD')], duplicates: 3 };

  test('are counted as duplicates, conflicts or rejected ones', () => {
    expect(countsOfUnfiled(senderOf({ batch_id }), organization, unfiled)).toEqual([
      { organization, batch_id, counts: { received: 5, duplicate: 3, conflict: 1, rejected: 1 } },
    ]);
  });

  test('are not counted without a batch', () => {
    expect(countsOfUnfiled(senderOf(), organization, unfiled)).toEqual([]);
  });
});

test('a count that no part has stays absent', () => {
  expect(
    totalOf([
      { received: 2, rated: 1 },
      { received: 1, duplicate: 0 },
    ]),
  ).toEqual({
    received: 3,
    rated: 1,
    duplicate: 0,
  });
  expect(totalOf([])).toEqual({});
});

test('additions to one batch are added up; batches of other names or organizations stay apart', () => {
  const one = { organization, batch_id, counts: { received: 1, rated: 1 } };
  expect(sumByBatch([one, { ...one, organization: 1002 }, { ...one, batch_id: 'b2' }, one])).toEqual([
    { organization, batch_id, counts: { received: 2, rated: 2 } },
    { ...one, organization: 1002 },
    { ...one, batch_id: 'b2' },
  ]);
});
