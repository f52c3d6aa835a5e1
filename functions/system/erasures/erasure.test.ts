import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Holding, RecordFacts } from '../../../shared/schema/record-class.ts';
import {
  afterPage,
  endErasure,
  endEvent,
  erasedClasses,
  expiryOf,
  fateOf,
  newErasure,
  nextPartKey,
  partText,
  reportedArchive,
  reportOf,
  type Erasure,
  type Finding,
} from './erasure.ts';

const now = new Date('2026-11-23T12:00:00.000Z');
const begun = newErasure('erasure_1', true, now);
const facts: RecordFacts = {
  ...{ at: now.toISOString(), users: ['usr_1'], parties: ['+14155550100'], entities: ['msg_1'] },
  ...{ direction: 'outbound', text: '' },
};
const finding = (more: Partial<Finding> = {}): Finding => ({
  ...{ class: 'sms', id: 'msg_1', at: facts.at, state: 'deleted', record: { message: 'a\u2028b\nc' } },
  ...more,
});
const place = { class: 1, source: 0, after: null };

describe('a record', () => {
  const person = { user_id: 'usr_1' };
  const rules = { of: 'sms' as const, person, holds: [] as readonly Holding[], anonymizes: false };
  const record = { facts, isFinished: true };

  test('about the person is deleted, or made anonymous; others are left alone', () => {
    expect(fateOf(record, rules)).toBe('deleted');
    expect(fateOf(record, { ...rules, anonymizes: true })).toBe('anonymous');
    expect(fateOf(record, { ...rules, person: { number: '+14155550100' } })).toBe('deleted');
    expect(fateOf(record, { ...rules, person: { user_id: 'usr_2' } })).toBeNull();
    expect(fateOf(record, { ...rules, person: { number: '+14155550101' } })).toBeNull();
  });

  test('that is held or unfinished stays, and a hold comes first', () => {
    const holds = [{ classes: ['*' as const], filter: { numbers: ['+14155550100'] } }];
    expect(fateOf({ ...record, isFinished: false }, rules)).toBe('unfinished');
    expect(fateOf(record, { ...rules, holds })).toBe('held');
    expect(fateOf({ ...record, isFinished: false }, { ...rules, holds })).toBe('held');
    expect(fateOf(record, { ...rules, holds: [{ classes: ['email'], filter: {} }] })).toBe('deleted');
  });
});

test('the event log is not read by its records', () => expect(erasedClasses).not.toContain('eventlog'));

describe('a report', () => {
  test('has a line of JSON for each finding', () => {
    const text = partText([finding(), finding({ id: 'msg_2' })]);
    const lines = text.split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line) as Finding)).toEqual([finding(), finding({ id: 'msg_2' })]);
  });

  test('counts each finding by class and by what became of it', () => {
    const after = afterPage(begun, [finding(), finding({ state: 'held' }), finding({ class: 'logs' })], place);
    expect(afterPage(after, [finding()], place).totals).toEqual({
      sms: { deleted: 2, held: 1 },
      logs: { deleted: 1 },
    });
  });

  test('names the parts that were written, each in the turn of its process, in their order', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ takesOver: fc.boolean(), findings: fc.nat({ max: 2 }), isLost: fc.boolean() })),
        (pages) => {
          let erasure: Erasure = { ...begun, turn: 'turn_0' };
          const [keys, all]: [string[], Set<string>] = [[], new Set()];
          for (const [at, { takesOver, findings, isLost }] of pages.entries()) {
            if (takesOver) erasure = { ...erasure, turn: `turn_${at + 1}` };
            const key = nextPartKey(1001, erasure);
            // What a process has written that died before its transaction is written again.
            if (isLost) continue;
            if (findings > 0) {
              expect(all.has(key)).toBe(false);
              all.add(key);
              keys.push(key);
            }
            erasure = afterPage(
              erasure,
              Array.from({ length: findings }, () => finding()),
              place,
            );
          }
          expect(reportOf(1001, erasure, []).parts).toEqual(keys);
          expect(keys.toSorted()).toEqual(keys);
        },
      ),
    ));

  test('says when and how it ended', () => {
    const ended = endErasure(afterPage({ ...begun, turn: 'turn_1' }, [finding()], place), null, now);
    expect(reportOf(1001, ended, [])).toEqual({
      ...{ schema: 'erasure-report.v1', erasure_id: 'erasure_1', org_id: 1001, erase: true, failure: null },
      ...{
        created_at: now.toISOString(),
        ended_at: now.toISOString(),
        totals: { sms: { deleted: 1 } },
        event_log: null,
        archives: [],
      },
      parts: ['org_1001/erasure/erasure_1/part-00000-turn_1.jsonl'],
    });
  });
});

test('an archive is named with the end of its lock, if that is to come', () => {
  const archive = { id: 'arch_1', class: 'sms' as const };
  const until = (lock: string | null) =>
    reportedArchive({ ...archive, lock: lock === null ? null : { mode: 'governance', until: lock } }, now).until;
  expect(until('2026-11-24T00:00:00.000Z')).toBe('2026-11-24T00:00:00.000Z');
  expect([until('2026-11-23T00:00:00.000Z'), until(null)]).toEqual([null, null]);
});

test('the event of a failed erasure says so, with its code', () => {
  expect(endEvent(endErasure(begun, null, now))).toMatchObject({ severity: 'info', fields: { status: 'done' } });
  expect(endEvent(endErasure(begun, 'USER_EXISTS', now))).toMatchObject({
    ...{ severity: 'error', fields: { status: 'failed', code: 'USER_EXISTS', totals: {} } },
  });
});

test('an erasure is remembered for 30 days', () =>
  expect(expiryOf(begun)).toBe(Date.parse('2026-12-23T12:00:00.000Z') / 1_000));
