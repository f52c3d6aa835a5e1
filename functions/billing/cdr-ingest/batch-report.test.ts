import { describe, expect, test } from 'vitest';
import type { RejectedRecord } from './arrival.ts';
import { ratedEvent, rejectedEvent, rejectionReportOf } from './batch-report.ts';
import { filedCdrOf, senderOf } from './filed-cdr.fixture.ts';

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
