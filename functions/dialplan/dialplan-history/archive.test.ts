import { expect, test } from 'vitest';
import { archiveEntry, changeSentences, fieldChanges } from './archive.ts';

const author = { id: 'usr_1', username: 'admin', at: '2026-03-02T12:00:00.000Z', entryId: 'hist_1' };
const policy = { type: 'policy', entity_id: 'pol_1', entity_name: 'International', version: 3 } as const;

test('each changed field has its dotted path, old and new value', () => {
  const before = {
    name: 'A',
    priority: 100,
    conditions: { pattern: '1', user_groups: ['a'], time_of_day: { start: '08:00', end: '18:00' } },
  };
  const after = {
    name: 'A',
    priority: 90,
    conditions: { pattern: '1', user_groups: ['a', 'b'], time_of_day: { start: '07:00', end: '18:00' } },
  };
  expect(fieldChanges(before, after)).toEqual({
    priority: { old: 100, new: 90 },
    'conditions.user_groups': { old: ['a'], new: ['a', 'b'] },
    'conditions.time_of_day.start': { old: '08:00', new: '07:00' },
  });
});

test('an absent field counts as null', () => {
  expect(fieldChanges({ conditions: {} }, { conditions: { caller_id_required: true } })).toEqual({
    'conditions.caller_id_required': { old: null, new: true },
  });
  expect(fieldChanges({ description: 'x' }, { description: undefined })).toEqual({
    description: { old: 'x', new: null },
  });
});

test('the order of keys does not count as a change', () => {
  expect(fieldChanges({ rules: [{ a: 1, b: 2 }] }, { rules: [{ b: 2, a: 1 }] })).toEqual({});
});

test('a creation has no changes and the new state, a deletion has the old state', () => {
  expect(archiveEntry({ ...policy, action: 'create', after: { name: 'A' } }, author)).toEqual({
    ...policy,
    id: 'hist_1',
    action: 'create',
    changed_by: { user_id: 'usr_1', username: 'admin' },
    changes: null,
    snapshot: { name: 'A' },
    archived_at: author.at,
  });
  expect(archiveEntry({ ...policy, action: 'delete', before: { name: 'A' } }, author)).toMatchObject({
    changes: { name: { old: 'A', new: null } },
    snapshot: { name: 'A' },
  });
});

test('changes are shown as sentences', () => {
  expect(changeSentences({ changes: null })).toEqual(['Initial creation']);
  expect(
    changeSentences({
      changes: fieldChanges({ priority: 1, actions: { allow: true } }, { priority: 2, actions: { allow: false } }),
    }),
  ).toEqual(['Updated actions.allow', 'Updated priority']);
});
