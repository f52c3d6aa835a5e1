import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordFacts } from '#schema/record-class.ts';
import type { ArchivingPolicy, Retention } from './retention.ts';
import { day } from '#schema/time.ts';
import {
  examine,
  isDeleted,
  isExported,
  newPurge,
  NewPurge,
  noCounts,
  positionsOf,
  presentCounts,
  readsBefore,
  tally,
  type Purge,
  type PurgeBody,
} from './purge.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const ago = (days: number): string => new Date(now.getTime() - days * day).toISOString();
const sms: Retention = { of: 'sms', policies: [], defaultDays: 90 };
const voicemail: Retention = { of: 'voicemail', policies: [], defaultDays: null };
const purgeOf = (wanted: Partial<PurgeBody>, retention: Retention) =>
  newPurge(NewPurge.parse({ class: retention.of, ...wanted }), retention, { id: 'purge_1', by: 'usr_1', now });

describe('a purge', () => {
  test('is a dry run unless it says otherwise', () => {
    expect(purgeOf({}, sms)).toMatchObject({ dry_run: true, export: false, status: 'running', counts: noCounts });
  });

  test('archives messages as files if that is asked for', () => {
    expect(purgeOf({ export: true, format: 'eml' }, sms)).toMatchObject({ export: true, format: 'eml' });
    expect(purgeOf({ export: true }, sms)).not.toHaveProperty('format');
  });

  test('reads what the shortest retention lets go, or less', () => {
    expect(readsBefore(purgeOf({}, sms), sms)).toBe(ago(90));
    expect(readsBefore(purgeOf({ before: ago(100) }, sms), sms)).toBe(ago(100));
    expect(readsBefore(purgeOf({ before: ago(1) }, voicemail), voicemail)).toBe(ago(1));
  });

  test.each([
    ['of records that are kept longer', () => purgeOf({ before: ago(89) }, sms), 'RETENTION_NOT_REACHED'],
    ['of a class without retention or limit', () => purgeOf({}, voicemail), 'VALIDATION_FAILED'],
    [
      'of some of the event log',
      () => purgeOf({ filter: { user_ids: ['usr_1'] } }, { of: 'eventlog', policies: [], defaultDays: 400 }),
      'VALIDATION_FAILED',
    ],
    [
      'of files of calls as messages',
      () => purgeOf({ export: true, format: 'eml', before: ago(9) }, voicemail),
      'VALIDATION_FAILED',
    ],
    ['of messages that are not archived', () => purgeOf({ format: 'eml' }, sms), 'VALIDATION_FAILED'],
  ])('%s is rejected', (_, make, code) => expect(make).toThrow(expect.objectContaining({ code }) as Error));
});

const facts = (days: number, user = 'usr_1'): RecordFacts => ({
  ...{ at: ago(days), users: [user], parties: [], entities: [], direction: null, text: '' },
});
const recordOf = (of: RecordFacts, isFinished = true) => ({ facts: of, record: { a: 1 }, fileBytes: 10, isFinished });
const policy = (more: Partial<ArchivingPolicy>): ArchivingPolicy => ({
  ...{ id: 'arp_1', name: 'P', class: 'sms', retention_days: 30, action: 'delete', enabled: true, filter: null },
  ...more,
});
type Records = Parameters<typeof examine>[2];
type Terms = Parameters<typeof examine>[3];

/** What becomes of records, and how they are counted. */
function examined(purge: Purge, records: Records, terms: Terms, isChain = false) {
  const { decisions, isBlocked } = examine(purge, { isChain }, records, terms);
  const [deleted, exported] = [positionsOf(decisions, isDeleted), positionsOf(decisions, isExported)];
  return { ...tally(purge, records, decisions), deleted, exported, isBlocked };
}

test('records go, stay or are held; an unfinished one stays', () => {
  const held = [{ classes: ['sms'] as const, filter: { user_ids: ['usr_2'] } }];
  const of = examined(
    purgeOf({}, sms),
    [recordOf(facts(91)), recordOf(facts(89)), recordOf(facts(91, 'usr_2')), recordOf(facts(91), false)],
    { retention: sms, holds: held },
  );
  expect(of.deleted).toEqual([0]);
  expect(of.counts).toEqual({ matched: 4, held: 1, retained: 2, deleted: 1, exported: 0, bytes: 17 });
});

test('each policy has its counts', () => {
  const retention = { ...sms, policies: [policy({}), policy({ id: 'arp_2', retention_days: 60, action: 'export' })] };
  const { runs, exported, deleted } = examined(purgeOf({}, retention), [recordOf(facts(70))], {
    ...{ retention, holds: [] },
  });
  expect({ runs, exported, deleted }).toEqual({
    ...{ runs: { arp_2: { deleted: 0, exported: 1, held: 0 } }, exported: [0], deleted: [] },
  });
});

test('a purge that exports archives what it deletes', () => {
  const of = examined(purgeOf({ export: true }, sms), [recordOf(facts(91))], {
    ...{ retention: sms, holds: [] },
  });
  expect([of.exported, of.deleted]).toEqual([[0], [0]]);
});

test('of a chain the first record that stays keeps all that follow', () => {
  const records = [91, 92, 10, 95].map((days) => recordOf(facts(days)));
  expect(examined(purgeOf({}, sms), records, { retention: sms, holds: [] }, true)).toMatchObject({
    deleted: [0, 1],
    isBlocked: true,
    counts: { matched: 3, retained: 1, deleted: 2 },
  });
});

test('every record that a purge is about is counted once more: as held, retained, deleted or exported', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ days: fc.nat({ max: 200 }), isHeld: fc.boolean(), isFinished: fc.boolean() })),
      fc.array(fc.record({ days: fc.integer({ min: 1, max: 150 }), exports: fc.boolean() }), { maxLength: 3 }),
      (each, terms) => {
        const policies = terms.map(({ days, exports }, at) =>
          policy({ id: `arp_${at}`, retention_days: days, action: exports ? 'export' : 'delete' }),
        );
        const { counts } = examined(
          purgeOf({}, sms),
          each.map(({ days, isHeld, isFinished }) => recordOf(facts(days, isHeld ? 'usr_2' : 'usr_1'), isFinished)),
          {
            retention: { ...sms, policies },
            holds: [{ classes: ['*'], filter: { user_ids: ['usr_2'] } }],
          },
        );
        const { matched, held, retained, deleted, exported } = counts;
        expect(matched).toBe(each.length);
        expect(held + retained + deleted + exported).toBe(matched);
      },
    ),
  ));

test('what should be archived first and is met when others are deleted stays for the next purge', () => {
  const purge: Purge = { ...purgeOf({ export: true, dry_run: false }, sms), phase: 'deleting' };
  const of = examined(purge, [recordOf(facts(91))], { retention: sms, holds: [] });
  expect(of).toMatchObject({ deleted: [], exported: [], counts: { matched: 1, retained: 1 } });
});

test('a purge exports first if it should, or a policy says so; a dry run only looks', () => {
  const exporting = { ...sms, policies: [policy({ action: 'export' })] };
  expect(purgeOf({ dry_run: false }, sms).phase).toBe('deleting');
  expect(purgeOf({ dry_run: false, export: true }, sms).phase).toBe('exporting');
  expect(purgeOf({ dry_run: false }, exporting).phase).toBe('exporting');
  expect(purgeOf({ export: true }, exporting).phase).toBe('deleting');
});

test('answers and events have the same counts', () => {
  const counts = { matched: 5, held: 1, retained: 1, deleted: 2, exported: 1, bytes: 99 };
  expect(presentCounts({ class: 'sms', dry_run: false, counts })).toEqual({
    ...{ dry_run: false, class: 'sms', matched: 5, held: 1, retained: 1, to_delete: 2, to_export: 1, bytes: 99 },
  });
});
