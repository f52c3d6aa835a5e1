import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordFacts } from '#schema/record-class.ts';
import {
  decideOn,
  defaultDays,
  dueBefore,
  dueSince,
  exportedUntil,
  lockDays,
  termOf,
  type ArchivingPolicy,
  type Retention,
} from './retention.ts';
import { day } from '#schema/time.ts';

const now = new Date('2026-11-23T12:00:00.000Z');
const ago = (days: number): string => new Date(now.getTime() - days * day).toISOString();
const facts = (days: number, users: readonly string[] = []): RecordFacts => ({
  ...{ at: ago(days), users, parties: [], entities: ['msg_1'], direction: 'outbound', text: '' },
});
const policy = (retention_days: number, more: Partial<ArchivingPolicy> = {}): ArchivingPolicy => ({
  ...{ id: `arp_${retention_days}`, name: 'P', class: 'sms', retention_days, action: 'delete', enabled: true },
  filter: null,
  ...more,
});
const retention = (...policies: ArchivingPolicy[]): Retention => ({ of: 'sms', policies, defaultDays: 90 });
const everything = { before: null, filter: null, policy_id: null };
const verdict = (record: RecordFacts, of: Retention, scope: object = {}, holds: object[] = []) =>
  decideOn(record, { ...everything, ...scope }, { retention: of, holds: holds as never[], now }).verdict;

describe('a record', () => {
  test('is kept for the default of its class without a policy', () => {
    expect([verdict(facts(89), retention()), verdict(facts(91), retention())]).toEqual(['retained', 'delete']);
  });

  test('is kept by the longest of the policies that mean it, also if that is shorter than the default', () => {
    const own = policy(365, { filter: { user_ids: ['usr_1'] } });
    expect(verdict(facts(31), retention(policy(30), own))).toBe('delete');
    expect(verdict(facts(31, ['usr_1']), retention(policy(30), own))).toBe('retained');
    expect(verdict(facts(31), retention(policy(30, { enabled: false })))).toBe('retained');
  });

  test('without retention goes only before an instant that a purge names', () => {
    const none = { ...retention(), of: 'voicemail', defaultDays: null } as const;
    expect([verdict(facts(9_999), none), verdict(facts(10), none, { before: ago(9) })]).toEqual(['retained', 'delete']);
  });

  test('is outside of a purge that does not mean it', () => {
    expect(verdict(facts(100), retention(), { before: ago(101) })).toBe('other');
    expect(verdict(facts(100), retention(), { policy_id: 'arp_30' })).toBe('other');
    expect(verdict(facts(100), retention(), { filter: { user_ids: ['usr_1'] } })).toBe('other');
  });

  test('that is held is not deleted, and counts as held only if it would be', () => {
    const hold = { classes: ['*'], filter: {} };
    expect(verdict(facts(91), retention(), {}, [hold])).toBe('held');
    expect(verdict(facts(89), retention(), {}, [hold])).toBe('retained');
    expect(verdict(facts(91), retention(policy(30, { action: 'export' })), {}, [hold])).toBe('export');
  });

  test('that is held is not deleted by a policy that archives it first', () => {
    const of = retention(policy(30, { action: 'export_then_delete' }));
    expect(verdict(facts(91), of)).toBe('export_then_delete');
    expect(verdict(facts(91), of, {}, [{ classes: ['*'], filter: {} }])).toBe('held');
  });
});

test('nothing before the instant of the shortest term is younger than its own', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ days: fc.integer({ min: 1, max: 400 }), own: fc.boolean() }), { maxLength: 5 }),
      fc.nat({ max: 500 }),
      fc.boolean(),
      (terms, age, isOwn) => {
        const policies = terms.map(({ days, own }, at) =>
          policy(days, { id: `arp_${at}`, filter: own ? { user_ids: ['usr_1'] } : null }),
        );
        const of = retention(...policies);
        const record = facts(age, isOwn ? ['usr_1'] : []);
        if (verdict(record, of) === 'delete') expect(record.at < (dueBefore(of, now) ?? '')).toBe(true);
        expect(termOf(record, of).days).toBeGreaterThanOrEqual(1);
      },
    ),
  ));

test('defaults follow the settings of the organization', () => {
  expect(defaultDays('cdr', { cdr_days: 730, log_days: 30 })).toBe(730);
  expect(defaultDays('logs', { cdr_days: 730, log_days: 30 })).toBe(30);
  expect(dueBefore({ of: 'voicemail', policies: [], defaultDays: null }, now)).toBeUndefined();
});

test('archives of a class are locked for its longest term', () => {
  expect(lockDays(retention())).toBe(90);
  expect(lockDays(retention(policy(30), policy(400)))).toBe(400);
  expect(lockDays(retention(policy(400, { enabled: false })))).toBe(90);
  expect(lockDays({ of: 'voicemail', policies: [], defaultDays: null })).toBe(0);
});

test('what a policy has exported is not due again', () => {
  const until = exportedUntil(policy(30), now);
  expect(until).toBe(ago(30));
  const exported = policy(30, { action: 'export', exported_until: until });
  expect(verdict(facts(31), retention(exported))).toBe('retained');
  expect(verdict(facts(31), retention(policy(30, { action: 'export' })))).toBe('export');
});

test('records are read since the instant until which every policy has exported, if each record has one', () => {
  const exported = (days: number, more: Partial<ArchivingPolicy> = {}) =>
    policy(days, { action: 'export', exported_until: ago(days), ...more });
  expect(dueSince(retention(exported(30)))).toBe(ago(30));
  expect(dueSince(retention(exported(30), exported(60)))).toBe(ago(60));
  expect(dueSince(retention(exported(30), policy(60)))).toBeNull();
  expect(dueSince(retention(exported(30, { exported_until: null })))).toBeNull();
  // The default of the class decides about the others.
  expect(dueSince(retention(exported(30, { filter: { user_ids: ['usr_1'] } })))).toBeNull();
  expect(dueSince(retention())).toBeNull();
});
