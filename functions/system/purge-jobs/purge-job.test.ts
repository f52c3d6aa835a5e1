import { expect, test } from 'vitest';
import type { ArchivingPolicy } from '../schema/retention.ts';
import { scheduledPurge } from '../schema/purge.ts';
import { archivedBy, endEvent, endPurge, isSilent } from './purge-job.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const nightly = scheduledPurge({ of: 'eventlog', policies: [], defaultDays: 400 }, { id: 'purge_1', now });
const deleted = { ...nightly, counts: { ...nightly.counts, matched: 2, deleted: 2 } };

test('only a nightly run without effect is silent', () => {
  expect(isSilent(endPurge(nightly, { now }))).toBe(true);
  expect(isSilent(endPurge(deleted, { now }))).toBe(false);
  expect(isSilent(endPurge({ ...nightly, by: 'usr_1' }, { now }))).toBe(false);
  expect(isSilent(endPurge(nightly, { now, failure: 'INTERNAL_ERROR' }))).toBe(false);
});

test('the event says what was deleted, and from where the event log verifies', () => {
  const end = { now, begin: { seq: 9, hash: 'abc' } };
  expect(endEvent(endPurge(deleted, end), end)).toMatchObject({
    severity: 'info',
    fields: { status: 'done', to_delete: 2, last_seq: 9, last_hash: 'abc', by: null },
  });
  const failure = { now, failure: 'UNAVAILABLE' };
  expect(endEvent(endPurge(deleted, failure), failure)).toMatchObject({
    severity: 'error',
    fields: { status: 'failed', code: 'UNAVAILABLE' },
  });
});

const policy = (id: string, action: ArchivingPolicy['action']): ArchivingPolicy => ({
  ...{ id, name: id, class: 'sms', retention_days: 30, action, enabled: true, filter: null },
});
const by = (policies: readonly ArchivingPolicy[], policy_id: string | null = null) =>
  archivedBy({ of: 'sms', policies, defaultDays: 90 }, { scope: { before: null, filter: null, policy_id } });

test('an archive names the policy by which it is made, if it is one', () => {
  const [exporting, other, deleting] = [
    policy('a', 'export'),
    policy('b', 'export_then_delete'),
    policy('c', 'delete'),
  ];
  expect(by([exporting, deleting])).toEqual({ id: 'a', name: 'a', retention_days: 30 });
  expect(by([exporting, other])).toBeNull();
  expect(by([exporting, other], 'b')).toMatchObject({ id: 'b' });
  expect(by([deleting], 'c')).toMatchObject({ id: 'c' });
  expect(by([deleting])).toBeNull();
});
