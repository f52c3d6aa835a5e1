import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiJson } from '#schema/ascii-json.ts';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { readRecord, recordOf } from '../cdr-ingest/cdr.ts';
import { statementOf } from '../cdr-ingest/correction.ts';
import {
  allRejected,
  Batch,
  judgeAll,
  messagesOf,
  originFor,
  readAll,
  resultOf,
  Submission,
  type Circumstances,
} from './submission.ts';

const now = new Date('2026-11-20T12:00:00Z');
const circumstances: Circumstances = {
  retentions: new Map([
    [1001, 730],
    [1002, 90],
  ]),
  filed: new Map(),
  originIn: originFor(1001, 1000),
  now: now.getTime(),
};
const judge = (records: readonly unknown[], more: Partial<Circumstances> = {}) =>
  judgeAll(readAll(records, 1001), { ...circumstances, ...more });
const statuses = (records: readonly unknown[], more: Partial<Circumstances> = {}) =>
  judge(records, more)
    .map((judged, index) => resultOf(judged, index))
    .map(({ status, code }) => (code === undefined ? status : `${status} ${code}`));
const filedAs = (records: readonly unknown[], origin: 'tenant' | 'platform') =>
  new Map(
    judge(records).flatMap((each) =>
      each.status === 'accepted' ? [[each.cdr.id, statementOf(each.cdr, origin)] as const] : [],
    ),
  );

describe('records', () => {
  test('are checked alone: an invalid one does not reject the others', () => {
    const records = [
      record('a'),
      record('b', { end_time: '2026-11-15T10:00:00Z' }),
      7,
      record('c', { org_id: 1003 }),
      record('d', { start_time: '2020-01-01T00:00:00Z', end_time: '2020-01-01T00:00:00Z' }),
      record('e', { org_id: 'org_1002' }),
    ];
    expect(statuses(records)).toEqual([
      'accepted',
      'rejected VALIDATION_FAILED',
      'rejected VALIDATION_FAILED',
      'rejected FORBIDDEN_ORG',
      'rejected TOO_OLD',
      'accepted',
    ]);
  });

  test('that repeat one of the batch are duplicates or conflicts', () => {
    expect(statuses([record('a'), record('a'), record('a', { callee: 'alice' }), record('a', { leg: 'b' })])).toEqual([
      'accepted',
      'duplicate',
      'rejected CDR_CONFLICT',
      'accepted',
    ]);
  });

  test('that repeat a filed CDR are duplicates or conflicts, unless the platform replaces one of the tenant', () => {
    const other = [record('a', { callee: 'alice' })];
    expect(statuses([record('a')], { filed: filedAs([record('a')], 'platform') })).toEqual(['duplicate']);
    expect(statuses([record('a')], { filed: filedAs(other, 'platform') })).toEqual(['rejected CDR_CONFLICT']);
    expect(statuses([record('a')], { filed: filedAs(other, 'tenant') })).toEqual(['rejected CDR_CONFLICT']);
    expect(statuses([record('a')], { filed: filedAs(other, 'tenant'), originIn: originFor(1000, 1000) })).toEqual([
      'accepted',
    ]);
  });
});

describe('corrections', () => {
  const cost = { cost: '0.04' };
  const platform = { originIn: originFor(1000, 1000) };
  const filed = (more: Record<string, unknown>, origin: 'tenant' | 'platform' = 'platform') =>
    filedAs([record('a', more)], origin);

  test('are accepted over lower revisions, and superseded by higher ones', () => {
    const lower = { ...platform, filed: filed({}) };
    expect(statuses([record('a', { revision: 2, callee: 'alice' })], lower)).toEqual(['accepted']);
    expect(statuses([{ call_id: 'a', void: true, revision: 2 }], lower)).toEqual(['accepted']);
    expect(statuses([{ call_id: 'a', void: true }], lower)).toEqual(['rejected CDR_CONFLICT']);
    const higher = { ...platform, filed: filed({ revision: 3 }) };
    expect(statuses([record('a', { revision: 2, callee: 'alice' })], higher)).toEqual(['superseded']);
  });

  test('of one batch are judged in its order', () => {
    const sent = [record('a'), record('a', { revision: 2 }), record('a'), { call_id: 'a', void: true, revision: 3 }];
    expect(statuses(sent)).toEqual(['accepted', 'accepted', 'superseded', 'accepted']);
  });

  test('that fill what is empty are updates, and are queued', () => {
    const late = [record('a', cost), record('a', cost), record('a', { cause: { q850: 16 } })];
    const judged = judge(late, { ...platform, filed: filed({}) });
    expect(judged.map(({ status }) => status)).toEqual(['updated', 'duplicate', 'updated']);
    expect(
      messagesOf(judged, { source: 'api', sent_at: '', batch_id: 'b', organization: 1001 }, platform.originIn)[0],
    ).toMatchObject({ records: [{ cost: '0.0400' }, { cause: { q850: 16 } }] });
    expect(statuses([record('a', cost)], { filed: filed({}, 'tenant') })).toEqual(['duplicate']);
    expect(statuses([record('a', cost)], { ...platform, filed: filed({}, 'tenant') })).toEqual(['updated']);
  });
});

test('a record has the rank of who files it: the organization itself, one above it, or the operator', () => {
  expect([
    originFor(1001, 1000)(1001),
    originFor(1001, 1000)(1002),
    originFor(1000, 1000)(1000),
    originFor(1000, 1000)(1001),
  ]).toEqual(['tenant', 'seller', 'platform', 'platform']);
});

test('the error of a batch without an accepted record names the path of every violation', () => {
  const error = allRejected(
    judge([record('a', { start_time: 'today', caller: '' }), record('b', { org_id: 1003 }), 7]),
  );
  expect(error.code).toBe('CDR_VALIDATION_FAILED');
  expect(error.details.map(({ path }) => path)).toEqual([
    'records[0].caller',
    'records[0].start_time',
    'records[1].org_id',
    'records[2]',
  ]);
});

describe('messages of the queue', () => {
  const envelope = { source: 'api', sent_at: now.toISOString(), batch_id: 'b1', organization: 1001 };

  test('have at most 100 accepted records and 256 KiB, and one origin each', () => {
    const records = Array.from({ length: 500 }, (_record, at) =>
      record(`call-${at}`, { org_id: at % 2 === 0 ? 1001 : 1002, custom: { note: 'x'.repeat(at < 250 ? 2_000 : 10) } }),
    );
    const messages = messagesOf(
      judge([...records, record('call-0', { org_id: 1001, custom: null })]),
      envelope,
      circumstances.originIn,
    );
    expect(messages.flatMap((message) => message.records)).toHaveLength(500);
    expect(Math.max(...messages.map((message) => message.records.length))).toBeLessThanOrEqual(100);
    expect(Math.max(...messages.map((message) => Buffer.byteLength(JSON.stringify(message))))).toBeLessThan(
      256 * 1_024,
    );
    for (const { origin, org_id, accepted, records: own } of messages) {
      expect({ org_id, accepted }).toEqual({ org_id: 1001, accepted: true });
      expect(new Set(own.map((each) => (each as { org_id: string }).org_id))).toEqual(
        new Set([origin === 'tenant' ? 'org_1001' : 'org_1002']),
      );
    }
  });

  test('have at most 256 KiB as they are sent: escaped', () => {
    const records = Array.from({ length: 100 }, (_record, at) =>
      record(`call-${at}`, { caller: '😀'.repeat(64), custom: { note: '😀'.repeat(500) } }),
    );
    const messages = messagesOf(judge(records), envelope, circumstances.originIn);
    expect(messages.flatMap((message) => message.records)).toHaveLength(100);
    expect(Math.max(...messages.map((message) => asciiJson(message).length))).toBeLessThan(256 * 1_024);
  });

  test('have records that are read as the same CDRs', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    const any = fc.record({
      call_id: text,
      leg: fc.constantFrom('a', 'b-leg', undefined),
      caller: text,
      callee: text,
      direction: fc.constantFrom('inbound', 'internal', undefined),
      start_time: fc.constant('2026-11-15T11:30:00.9+01:00'),
      answer_time: fc.constantFrom('2026-11-15T10:30:05Z', null),
      end_time: fc.constant('2026-11-15T10:35:42.4Z'),
      duration: fc.constantFrom(341, undefined),
      disposition: fc.constantFrom('answered', 'no_answer'),
      cost: fc.constantFrom('0.04', 1, undefined),
      cause: fc.constantFrom({ q850: 16 }, undefined),
      custom: fc.option(fc.dictionary(text, text)),
      trunk_id: fc.constantFrom('t1', undefined),
    });
    fc.assert(
      fc.property(any, (sent) => {
        const first = readRecord(sent, 1001);
        if ('rejection' in first) return;
        expect(readRecord(JSON.parse(JSON.stringify(recordOf(first.cdr))), null)).toEqual(first);
      }),
    );
  });
});

test.each([
  [0, 'EMPTY_BATCH'],
  [1_001, 'TOO_MANY_RECORDS'],
])('%i records are rejected by %s', (count, code) => {
  const issues = Submission.safeParse({ records: Array.from({ length: count }, () => ({})) }).error?.issues ?? [];
  expect(
    issues.map((issue) => (issue.code === 'custom' ? (issue.params as { code: string }).code : issue.code)),
  ).toEqual([code]);
});

test.each(['export', '', 'a b', 'a/b', 'x'.repeat(129)])('%o is no name of a batch', (name) => {
  expect(Batch.safeParse(name).success).toBe(false);
});
