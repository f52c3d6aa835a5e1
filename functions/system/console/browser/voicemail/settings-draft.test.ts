import { expect, test } from 'vitest';
import { changesOf, draftOf } from './settings-draft.ts';

const saved = {
  mailbox: '204',
  enabled: true,
  greeting_type: 'default',
  pin_set: true,
  notify_email: 'ann@example.com',
  notify_sms: null,
  max_messages: 100,
  max_duration_seconds: 180,
  retention_days: 30,
  timezone: null,
};

test('what is not changed is not sent', () => {
  expect(changesOf(draftOf(saved), saved)).toEqual({});
});

test('fields that were changed are sent alone, and emptied ones are cleared', () => {
  const draft = { ...draftOf(saved), enabled: false, notify_email: ' ', retention_days: '', max_messages: 5 };
  expect(changesOf(draft, saved)).toEqual({
    enabled: false,
    notify_email: null,
    retention_days: null,
    max_messages: 5,
  });
});

test('a PIN is sent if one is typed, and removed if the person wants none', () => {
  const draft = draftOf(saved);
  expect(changesOf({ ...draft, pin: '480163' }, saved)).toEqual({ pin: '480163' });
  expect(changesOf({ ...draft, pin: '480163', isPinRemoved: true }, saved)).toEqual({ pin: null });
});
