import { describe, expect, test } from 'vitest';
import { recordClasses } from '#schema/record-class.ts';
import { failureOf } from '#test/support/errors.fixture.ts';
import { leastDays, mostDays } from './retention.ts';
import { exports, isGeneral, NewArchivingPolicy, newPolicy, presentPolicy, replacePolicy } from './archiving-policy.ts';

const now = '2026-01-31T12:00:00.000Z';
const later = '2026-02-01T12:00:00.000Z';
const wanted = (more: object = {}) =>
  NewArchivingPolicy.parse({ name: 'SMS', class: 'sms', retention_days: 30, ...more });
const create = (more: object = {}) => newPolicy(wanted(more), { id: 'arp_1', now });

describe('a policy', () => {
  test.each(recordClasses)('keeps records of %s for the least number of days of the class, or more', (of) => {
    const policy = { class: of, retention_days: leastDays[of] };
    expect(create(policy)).toMatchObject({ ...policy, action: 'delete', enabled: true, filter: null, version: 1 });
    expect(create({ class: of, retention_days: mostDays }).retention_days).toBe(36_500);
    const shorter = { class: of, retention_days: leastDays[of] - 1 };
    if (shorter.retention_days === 0)
      expect(NewArchivingPolicy.safeParse({ name: 'P', ...shorter }).success).toBe(false);
    else expect(failureOf(() => create(shorter))).toBe('RETENTION_TOO_SHORT retention_days');
  });

  test.each([
    { retention_days: 36_501 },
    { class: 'faxes' },
    { action: 'sell' },
    { filter: { numbers: ['030'] } },
    { filter: { user_ids: [] } },
    { filter: { direction: 'up' } },
    { filter: { numbers: Array.from({ length: 1_001 }, () => '+491') } },
  ])('with %o is rejected', (more) => {
    const body = { name: 'SMS', class: 'sms', retention_days: 30, ...more };
    expect(NewArchivingPolicy.safeParse(body).success).toBe(false);
  });

  test('of the event log has no filter, as only its beginning can be deleted', () => {
    const eventlog = { class: 'eventlog', retention_days: 365 };
    expect(failureOf(() => create({ ...eventlog, filter: { user_ids: ['usr_1'] } }))).toBe('VALIDATION_FAILED filter');
    expect(create({ ...eventlog, filter: {} }).filter).toBeNull();
  });

  test('decides about its whole class if it is enabled and has no filter', () => {
    expect([create(), create({ filter: {} })].map(isGeneral)).toEqual([true, true]);
    expect([create({ enabled: false }), create({ filter: { direction: 'inbound' } })].map(isGeneral)).toEqual([
      false,
      false,
    ]);
  });

  test('that archives needs an archive', () => {
    const actions = ['delete', 'export_then_delete', 'export'];
    expect(actions.map((action) => exports(create({ action })))).toEqual([false, true, true]);
  });

  test('that is replaced has the defaults of what is absent, and its last run', () => {
    const lastRun = { last_run_at: now, last_run: { deleted: 3, exported: 0, held: 1 } };
    const before = { ...create({ action: 'export', enabled: false, filter: { numbers: ['+491'] } }), ...lastRun };
    expect(replacePolicy(before, wanted({ retention_days: 60 }), later)).toEqual({
      ...{ ...before, retention_days: 60, action: 'delete', enabled: true, filter: null },
      ...{ updated_at: later, version: 2 },
    });
  });

  test('is shown with its organization and without its version', () => {
    const {
      version: _,
      exported_until: __,
      ...fields
    } = create({ filter: { numbers: ['+491'], direction: 'inbound' } });
    expect(presentPolicy(create({ filter: fields.filter ?? {} }), 1001)).toEqual({
      ...fields,
      organization_id: 'org_1001',
    });
  });
});
