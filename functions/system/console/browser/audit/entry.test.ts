import { expect, test } from 'vitest';
import { changesOf, storyOf } from './entry.ts';

const entry = {
  event_type: 'trunk.updated',
  actor: { id: 'usr_1', type: 'user', name: 'ann', email: null },
  resource: { type: 'trunk', id: 'trunk_1', name: 'Main' },
  description: 'The trunk is updated',
  ip_address: null,
} as const;

test('an entry says who did what', () => {
  const unnamed = { ...entry, resource: null, actor: { ...entry.actor, name: null } };
  expect([
    storyOf(entry),
    storyOf({ ...entry, event_type: 'trunk.created' }),
    storyOf({ ...entry, event_type: 'trunk.deleted' }),
    storyOf({ ...unnamed, actor: { ...unnamed.actor, type: 'system' } }),
    storyOf({ ...unnamed, event_type: 'auth.login', actor: { ...unnamed.actor, type: 'api' } }),
  ]).toEqual([
    'ann changed trunk “Main”',
    'ann created trunk “Main”',
    'ann deleted trunk “Main”',
    'The platform: The trunk is updated',
    'A program signed in',
  ]);
});

test('what has no words of its own is told by its description', () => {
  expect(storyOf({ ...entry, event_type: 'custom.updated', description: 'Line 7 is down' })).toBe(
    'ann: Line 7 is down',
  );
  expect(storyOf({ ...entry, event_type: 'trunk.host_shared' })).toBe('ann: The trunk is updated');
});

test('a change is shown by the fields that differ', () => {
  const changes = {
    description: { old: null, new: 'Berlin' },
    settings: { old: { park: { slots: 3, first: 700 } }, new: { park: { slots: 5, first: 700 } } },
    codecs: { old: ['PCMU'], new: ['PCMU', 'PCMA'] },
  };
  expect(changesOf({ metadata: { changes } })).toEqual([
    { label: 'Description', before: '–', after: 'Berlin' },
    { label: 'Settings › Park › Slots', before: '3', after: '5' },
    { label: 'Codecs', before: 'PCMU', after: 'PCMU, PCMA' },
  ]);
  expect([changesOf({ metadata: {} }), changesOf({ metadata: { changes: null } })]).toEqual([[], []]);
});
