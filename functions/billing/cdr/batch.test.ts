import { describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { submissionCountsOf, presentBatch } from './batch.ts';
import { judgeAll, originFor, readAll } from './submission.ts';

const now = new Date('2026-11-20T12:00:00Z');
const judge = (records: readonly unknown[]) =>
  judgeAll(readAll(records, 1001), {
    retentions: new Map([[1001, 730]]),
    filed: new Map(),
    originIn: originFor(1001, 1000),
    now: now.getTime(),
  });

describe('a batch', () => {
  test('counts the records that it received and those that were rejected', () => {
    const from = {
      source: 'api',
      sent_at: now.toISOString(),
      batch_id: 'b1',
      organization: 1001,
      message: 'req_1',
      origin: 'tenant',
      accepted: false,
    } as const;
    const { counted, rejected } = submissionCountsOf(
      judge([record('a'), record('a'), record('a', { callee: 'x' }), 7]),
      from,
      now,
    );
    expect(counted).toEqual([
      { organization: 1001, batch_id: 'b1', counts: { received: 4, duplicate: 1, conflict: 1, rejected: 1 } },
    ]);
    expect(rejected?.filed).toMatchObject({
      batch_id: 'b1',
      rejected: [
        { call_id: 'a', leg: 'a', code: 'CDR_CONFLICT' },
        { call_id: null, leg: null, code: 'VALIDATION_FAILED' },
      ],
    });
    expect(submissionCountsOf(judge([record('a')]), from, now).rejected).toBeNull();
  });

  test('has pending records until each has an outcome', () => {
    expect(presentBatch('b1', {}, [])).toMatchObject({ received: 0, pending: 0, rejections: [] });
    expect(
      presentBatch('b1', { received: 10, rated: 3, free: 1, unrated: 1, duplicate: 1, conflict: 1, rejected: 1 }, [])
        .pending,
    ).toBe(2);
    expect(presentBatch('b1', { received: 1, rated: 2 }, []).pending).toBe(0);
  });
});

test('at most 100 rejected records are shown', () => {
  const refusals = Array.from({ length: 101 }, (_record, at) => ({
    call_id: `call-${at}`,
    leg: 'a',
    code: 'CDR_CONFLICT' as const,
    message: 'conflict',
  }));
  expect(presentBatch('b1', {}, refusals.slice(1)).rejections).toHaveLength(100);
  expect(presentBatch('b1', {}, refusals).rejections).toHaveLength(100);
});
