import { describe, expect, test } from 'vitest';
import { fromAttributes, toAttributes } from '../../../shared/dynamodb/row.ts';
import { readRecord } from './cdr.ts';
import { booksOf, fileCdr, replaceCdr, type FiledCdr } from './filed-cdr.ts';
import { pointerTo, type CdrPointer } from './cdr-pointer.ts';
import { cdrInTimeRow, cdrPartyRow, cdrRow, unchangedCondition } from './row.ts';
import { NOTHING_USED } from './usage.ts';

const now = Date.parse('2026-11-15T10:40:00Z');

function cdrOf(more: Readonly<Record<string, unknown>> = {}): FiledCdr {
  const read = readRecord(
    {
      call_id: 'one',
      caller: '+14155551234',
      callee: '+14155555678',
      start_time: '2026-11-15T10:30:00Z',
      end_time: '2026-11-15T10:35:42Z',
      disposition: 'ANSWERED',
      cause: { q850: 16 },
      custom: { 2: 'b', a: [null, 1.5], 'it\'s "quoted"': 'ß\u0000' },
      ...more,
    },
    1001,
  );
  if ('rejection' in read) throw new Error(read.rejection.message);
  const account = {
    organization: 1001,
    country: 'US',
    since: '2024-01-01T00:00:00Z',
    seller: 1000,
    retention: 90,
    shards: 3,
    profile: null,
    tariff: null,
  };
  const from = {
    message: 'm1',
    source: 'test',
    sent_at: '2026-11-15T10:40:00Z',
    batch_id: null,
    origin: 'tenant' as const,
    accepted: false,
    organization: 1001,
  };
  return fileCdr({ cdr: read.cdr, from, position: 0 }, account, {
    books: booksOf(account, now, 0),
    usage: NOTHING_USED,
    carrier: null,
  });
}

describe('a CDR as it is stored', () => {
  test('is the same again, history and task included', () => {
    const first = cdrOf();
    for (const cdr of [first, { ...replaceCdr(first, cdrOf({ disposition: 'BUSY' })), task_id: 'task_1' }]) {
      const stored = toAttributes(cdrRow, 1001, cdr);
      expect(fromAttributes(cdrRow, stored)).toEqual(cdr);
      expect(fromAttributes(cdrInTimeRow, stored)).toEqual(pointerTo(cdr));
    }
  });

  test('is another once its content, its sender or a rating is another', () => {
    const cdr = cdrOf();
    const rated = (rating: Partial<FiledCdr['rating']>): FiledCdr => ({ ...cdr, rating: { ...cdr.rating, ...rating } });
    const others = [
      cdrOf({ callee: '+14155550000' }),
      { ...cdr, received_as: 'm2#0' },
      rated({ revision: 2 }),
      rated({ wholesale: cdr.rating }),
      rated({ wholesale: { ...cdr.rating, revision: 2 } }),
    ];
    const stateOf = (of: FiledCdr) => unchangedCondition(of).values[':state'];
    expect(new Set([cdr, ...others].map(stateOf)).size).toBe(1 + others.length);
    expect(stateOf({ ...cdr, trunk_id: 'other' })).toBe(stateOf(cdr));
  });
});

test('a pointer is the same again, and lies apart where both parties of its call are one', () => {
  const [plain, itself] = [pointerTo(cdrOf()), pointerTo(cdrOf({ callee: '(415) 555-1234' }))];
  const stored = (pointer: CdrPointer) => toAttributes(cdrPartyRow, 1001, pointer);
  for (const pointer of [plain, itself]) expect(fromAttributes(cdrPartyRow, stored(pointer))).toEqual(pointer);
  expect(stored(plain)).toMatchObject({ GSI1PK: { S: 'cdrparty#1001#1#caller#+14155551234' } });
  expect(stored(itself)).toMatchObject({ GSI1PK: { S: 'cdrparty#1001#1#self#+14155551234' } });
});
