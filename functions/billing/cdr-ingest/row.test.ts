import { describe, expect, test } from 'vitest';
import { compressText } from '#dynamodb/compression.ts';
import { fromAttributes, toAttributes, type Attributes } from '#dynamodb/row.ts';
import { pointerTo, type CdrPointer } from './cdr-pointer.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { packedCdr } from './packed-cdr.ts';
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

/** The attributes of the next form, which no release writes before this one reads it. */
function nextForm(cdr: FiledCdr): Attributes {
  const { rest, ...others } = toAttributes(cdrRow, 1001, cdr);
  return { ...others, schema: { N: '2' }, packed: { B: compressText(rest?.S ?? '', packedCdr) } };
}

/** Bytes of an item (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats"), of texts and binaries. */
const bytesOf = (item: Attributes): number =>
  Object.entries(item).reduce(
    (sum, [name, { S: text = '', B: bytes, N: number = '' }]) =>
      sum + name.length + Buffer.byteLength(text) + (bytes?.length ?? 0) + number.length,
    0,
  );

test('the next form is written in none of the items, and is restored whole', () => {
  const first = cdrOf();
  expect(toAttributes(cdrRow, 1001, first)).toMatchObject({ schema: { N: '1' }, rest: { S: expect.any(String) } });
  for (const cdr of [first, { ...replaceCdr(first, cdrOf({ disposition: 'BUSY' })), task_id: 'task_1' }])
    expect(fromAttributes(cdrRow, nextForm(cdr))).toEqual(cdr);
  expect(fromAttributes(cdrInTimeRow, nextForm(first))).toEqual(pointerTo(first));
});

test('the next form of a CDR has one write unit, where this one has two', () => {
  const cdr = cdrOf({ trunk_id: `trunk_${'0'.repeat(26)}`, user_id: `usr_${'0'.repeat(26)}` });
  expect(bytesOf(toAttributes(cdrRow, 1001, cdr))).toBeGreaterThan(1_024);
  expect(bytesOf(nextForm(cdr))).toBeLessThan(900);
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
