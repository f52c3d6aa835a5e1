import { describe, expect, test } from 'vitest';
import { fromAttributes, toAttributes } from '#dynamodb/row.ts';
import { pointerTo, type CdrPointer } from './cdr-pointer.ts';
import { accountWith, filedCdrOf, senderOf } from './filed-cdr.fixture.ts';
import { replaceCdr } from './correction.ts';
import { rejectionReportOf } from './batch-report.ts';
import { cdrInTimeRow, cdrPartyRow, cdrRejectionRow, cdrRow } from './row.ts';

const cdrOf = (fields: Readonly<Record<string, unknown>> = {}) => filedCdrOf(fields, accountWith({ shards: 3 }));

test('a stored CDR is restored whole, and a list restores its pointer', () => {
  const first = cdrOf();
  for (const cdr of [first, { ...replaceCdr(first, cdrOf({ disposition: 'BUSY' })), task_id: 'task_1' }]) {
    const stored = toAttributes(cdrRow, 1001, cdr);
    expect(fromAttributes(cdrRow, stored)).toEqual(cdr);
    expect(fromAttributes(cdrInTimeRow, stored)).toEqual(pointerTo(cdr));
  }
});

describe('a pointer', () => {
  const [plain, toItself] = [pointerTo(cdrOf()), pointerTo(cdrOf({ callee: '(415) 555-1234' }))];
  const stored = (pointer: CdrPointer) => toAttributes(cdrPartyRow, 1001, pointer);
  const shard = plain.shard === 0 ? '' : `#${plain.shard}`;

  test('is restored whole', () => {
    for (const pointer of [plain, toItself]) expect(fromAttributes(cdrPartyRow, stored(pointer))).toEqual(pointer);
  });

  test('to a call to its own number has a partition of its own', () => {
    expect(stored(plain)).toMatchObject({ GSI1PK: { S: `cdrparty#1001${shard}#caller#+14155551234` } });
    expect(stored(toItself)).toMatchObject({ GSI1PK: { S: `cdrparty#1001${shard}#self#+14155551234` } });
  });
});

test('a rejection report stores its records in the attribute refusals', () => {
  const rejected = [{ call_id: 'x', leg: 'a', code: 'TOO_OLD' as const, message: 'too old' }];
  const report = rejectionReportOf(senderOf(), { rejected, duplicates: 1 }, new Date('2026-11-15T10:40:00Z'));
  const stored = toAttributes(cdrRejectionRow, 1001, report);
  expect(Object.keys(stored)).toContain('refusals');
  expect(Object.keys(stored)).not.toContain('rejected');
  expect(fromAttributes(cdrRejectionRow, stored)).toEqual(report);
});
