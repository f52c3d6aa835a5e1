import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Holding, RecordFacts } from '#schema/record-class.ts';
import {
  afterArchive,
  afterPage,
  archivedFacts,
  archivedOutcome,
  beginRewriting,
  endErasure,
  endEvent,
  erasedClasses,
  expiryOf,
  inArchive,
  lockedUntil,
  newErasure,
  nextPartKey,
  outcomeOf,
  partText,
  readAgain,
  reportOf,
  withReportLines,
  type Erasure,
  type ReportLine,
} from './erasure.ts';

const now = new Date('2026-11-23T12:00:00.000Z');
const begun = newErasure('erasure_1', true, now);
const facts: RecordFacts = {
  ...{ at: now.toISOString(), users: ['usr_1'], parties: ['+14155550100'], entities: ['msg_1'] },
  ...{ direction: 'outbound', text: '' },
};
const reportLine = (more: Partial<ReportLine> = {}): ReportLine => ({
  ...{ class: 'sms', id: 'msg_1', at: facts.at, state: 'deleted', record: { message: 'a\u2028b\nc' } },
  ...more,
});
const place = { class: 1, source: 0, after: null };

describe('a record', () => {
  const person = { user_id: 'usr_1' };
  const rules = { of: 'sms' as const, person, holds: [] as readonly Holding[], anonymizes: false };
  const record = { facts, isFinished: true };

  test('about the person is deleted, or made anonymous; others are left alone', () => {
    expect(outcomeOf(record, rules)).toBe('deleted');
    expect(outcomeOf(record, { ...rules, anonymizes: true })).toBe('anonymous');
    expect(outcomeOf(record, { ...rules, person: { number: '+14155550100' } })).toBe('deleted');
    expect(outcomeOf(record, { ...rules, person: { user_id: 'usr_2' } })).toBeNull();
    expect(outcomeOf(record, { ...rules, person: { number: '+14155550101' } })).toBeNull();
  });

  test('that is held or unfinished stays, and a hold comes first', () => {
    const holds = [{ classes: ['*' as const], filter: { numbers: ['+14155550100'] } }];
    expect(outcomeOf({ ...record, isFinished: false }, rules)).toBe('unfinished');
    expect(outcomeOf(record, { ...rules, holds })).toBe('held');
    expect(outcomeOf({ ...record, isFinished: false }, { ...rules, holds })).toBe('held');
    expect(outcomeOf(record, { ...rules, holds: [{ classes: ['email'], filter: {} }] })).toBe('deleted');
  });
});

test('the event log is not read by its records', () => expect(erasedClasses).not.toContain('eventlog'));

describe('a report', () => {
  test('has a line of JSON for each record', () => {
    const text = partText([reportLine(), reportLine({ id: 'msg_2' })]);
    const lines = text.split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line) as ReportLine)).toEqual([reportLine(), reportLine({ id: 'msg_2' })]);
  });

  test('counts each line by class and by what became of it', () => {
    const after = afterPage(begun, [reportLine(), reportLine({ state: 'held' }), reportLine({ class: 'logs' })], place);
    expect(afterPage(after, [reportLine()], place).totals).toEqual({
      sms: { deleted: 2, held: 1 },
      logs: { deleted: 1 },
    });
  });

  test('names the parts that were written, each in the turn of its process, in their order', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ takesOver: fc.boolean(), reportLines: fc.nat({ max: 2 }), isLost: fc.boolean() })),
        (pages) => {
          let erasure: Erasure = { ...begun, turn: 'turn_0' };
          const [keys, all]: [string[], Set<string>] = [[], new Set()];
          for (const [at, { takesOver, reportLines, isLost }] of pages.entries()) {
            if (takesOver) erasure = { ...erasure, turn: `turn_${at + 1}` };
            const key = nextPartKey(1001, erasure);
            // What a process has written that died before its transaction is written again.
            if (isLost) continue;
            if (reportLines > 0) {
              expect(all.has(key)).toBe(false);
              all.add(key);
              keys.push(key);
            }
            erasure = afterPage(
              erasure,
              Array.from({ length: reportLines }, () => reportLine()),
              place,
            );
          }
          expect(reportOf(1001, erasure).parts).toEqual(keys);
          expect(keys.toSorted()).toEqual(keys);
        },
      ),
    ));

  test('says when and how it ended', () => {
    const ended = endErasure(afterPage({ ...begun, turn: 'turn_1' }, [reportLine()], place), null, now);
    expect(reportOf(1001, ended)).toEqual({
      ...{ schema: 'erasure-report.v1', erasure_id: 'erasure_1', org_id: 1001, erase: true, failure: null },
      ...{
        created_at: now.toISOString(),
        ended_at: now.toISOString(),
        totals: { sms: { deleted: 1 } },
        event_log: null,
        rewritten_archives: 0,
      },
      parts: ['org_1001/erasure/erasure_1/part-00000-turn_1.jsonl'],
    });
  });
});

test('an archive is locked until the end of its lock', () => {
  const until = (lock: string | null) =>
    lockedUntil({ lock: lock === null ? null : { mode: 'governance', until: lock } }, now);
  expect(until('2026-11-24T00:00:00.000Z')).toBe('2026-11-24T00:00:00.000Z');
  expect([until('2026-11-23T00:00:00.000Z'), until(null)]).toEqual([null, null]);
  expect(archivedOutcome('deleted', true)).toBe('locked');
  expect([archivedOutcome('held', true), archivedOutcome(null, true)]).toEqual(['held', null]);
  expect(archivedOutcome('anonymous', false)).toBe('anonymous');
});

test('facts of any form are texts or nothing', () => {
  // A message of an SMS export has the fields that its writer gave it.
  const odd: object = { ...facts, at: undefined, users: [null, 'usr_1'], parties: [7, '+1'], text: {} };
  expect(archivedFacts(odd as RecordFacts)).toMatchObject({ at: '', users: ['usr_1'], parties: ['+1'], text: '' });
  expect(archivedFacts(facts)).toEqual(facts);
});

test('an archive that is read again leaves nothing of the first time in the report', () => {
  const found = withReportLines({ ...begun, turn: 'turn_1' }, [reportLine()]);
  const current = beginRewriting(found, 'arch_1', 1);
  const more = inArchive(withReportLines(found, [reportLine(), reportLine()]), { ...current, part: 2 });
  expect(more.totals).toEqual({ sms: { deleted: 3 } });
  const again = readAgain(more, current, 2);
  expect(again).toMatchObject({
    totals: found.totals,
    parts: found.parts,
    archives: { current: { part: 0, epoch: 2 } },
  });
  expect(afterArchive(again, { id: 'arch_1', state: null }).archives).toMatchObject({ after: 'arch_1', rewritten: 0 });
});

test('the event of a failed erasure says so, with its code', () => {
  expect(endEvent(endErasure(begun, null, now))).toMatchObject({ severity: 'info', fields: { status: 'done' } });
  expect(endEvent(endErasure(begun, 'USER_EXISTS', now))).toMatchObject({
    ...{ severity: 'error', fields: { status: 'failed', code: 'USER_EXISTS', totals: {} } },
  });
});

test('an erasure is remembered for 30 days', () =>
  expect(expiryOf(begun)).toBe(Date.parse('2026-12-23T12:00:00.000Z') / 1_000));
