import { expect, test } from 'vitest';
import type { ArchivingPolicy } from '../schema/retention.ts';
import { archivedBy } from './exported-purge.ts';

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
