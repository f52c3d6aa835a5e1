import { expect, test } from 'vitest';
import { defaultPreferences } from '#schema/mailbox.ts';
import { fileOfUse, isGreetingOfMailbox, newGreetingFile, withGreeting } from './greeting.ts';

const at = '2026-11-20T10:00:00.000Z';
const base = { ...defaultPreferences('204'), created_at: at, updated_at: at };

test('a greeting that is recorded is used, a name only where the greeting says it', () => {
  expect(withGreeting(base, 'unavailable', 'file_1')).toMatchObject({
    greeting_file_id: 'file_1',
    greeting_type: 'custom',
  });
  expect(withGreeting(base, 'busy', 'file_1')).toMatchObject({
    busy_greeting_file_id: 'file_1',
    greeting_type: 'default',
  });
  const named = withGreeting(base, 'name', 'file_1');
  expect(named).toMatchObject({ name_file_id: 'file_1', greeting_type: 'default', greeting_file_id: null });
  expect([fileOfUse(named, 'name'), fileOfUse(named, 'busy'), fileOfUse(base, 'name')]).toEqual(['file_1', null, null]);
});

test('a file that a user has created is not of the phone', () => {
  const file = newGreetingFile('file_1', { mailbox: '204', use: 'name' }, new Date(at));
  expect(file).toMatchObject({ kind: 'greeting', content: null, upload: { number: 1, size: 0, state: 'pending' } });
  expect([file, { ...file, created_by: 'usr_1' }, undefined].map(isGreetingOfMailbox)).toEqual([true, false, false]);
});
