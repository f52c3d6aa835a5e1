import { expect, test } from 'vitest';
import { PolicyFields, PolicyUpdate } from '../schema/policy.ts';
import { gatewaysNamedIn, groupsNamedIn, prepareRestoration, type ArchivedVersions } from './policy-restore.ts';
import { prepareCreation, prepareDeletion, prepareUpdate } from './policy-save.ts';

const context = { country: 'US', groups: [], gateways: [] };
const authorAt = (at: string, id = 'usr_1') => ({ id, username: id, at, entryId: 'hist_1' });
const fields = PolicyFields.parse({
  name: 'Abroad',
  status: 'active',
  conditions: { pattern: '^011', user_groups: ['sales'] },
  actions: { allow: true, gateway: 'pstn', failover_gateways: ['backup'] },
});
const first = prepareCreation(fields, 'pol_1', context, authorAt('2026-01-01T00:00:00.000Z'));
const second = prepareUpdate(
  first.policy,
  PolicyUpdate.parse({ priority: 5, conditions: { pattern: '^00' } }),
  context,
  authorAt('2026-01-02T00:00:00.000Z'),
);
const deletion = prepareDeletion(
  second.policy,
  { template: undefined, force: false, templateEntryId: 'hist_2' },
  authorAt('2026-01-03T00:00:00.000Z'),
);
const archived = (over: Partial<ArchivedVersions> = {}): ArchivedVersions => ({
  first: first.entry,
  wanted: first.entry,
  newest: second.entry,
  ...over,
});
const author = authorAt('2026-01-04T00:00:00.000Z', 'usr_2');

test('an archived version becomes the next version', () => {
  const { policy, entry, edit, load } = prepareRestoration(second.policy, archived(), context, author);
  expect(policy).toMatchObject({
    id: 'pol_1',
    version: 3,
    priority: 1000,
    conditions: { pattern: '^011' },
    metadata: { created_by: 'usr_1', last_modified_by: 'usr_2' },
  });
  expect(entry).toMatchObject({
    action: 'restore',
    version: 3,
    changes: { priority: { old: 5, new: 1000 }, 'conditions.pattern': { old: '^00', new: '^011' } },
  });
  expect([edit.kind, load]).toEqual(['policy-put', 1]);
});

test('a deleted policy is restored under its id, and counts on from its deletion', () => {
  const { policy, load } = prepareRestoration(undefined, archived({ newest: deletion.entry }), context, author);
  expect(policy).toMatchObject({
    id: 'pol_1',
    version: 4,
    metadata: { created_by: 'usr_1', last_modified_by: 'usr_2' },
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-04T00:00:00.000Z',
  });
  expect(load).toBe(first.load);
});

test('an archived version that breaks a rule of today is rejected', () => {
  const wanted = { ...first.entry, snapshot: { ...fields, actions: { allow: true, failover_gateways: ['backup'] } } };
  expect(() => prepareRestoration(second.policy, archived({ wanted }), context, author)).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_FAILED',
      details: [expect.objectContaining({ path: 'actions.failover_gateways' })],
    }),
  );
});

test('the version to restore names its groups and gateways', () => {
  expect([groupsNamedIn(archived()), gatewaysNamedIn(archived())]).toEqual([['sales'], ['pstn', 'backup']]);
});
