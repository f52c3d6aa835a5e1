import { expect, test } from 'vitest';
import { rulesFor } from './notifier-settings.ts';

const rule = (trigger: string, enabled = true) => ({ trigger, enabled });
const triggers = ['missed_call', 'new_voicemail', 'device_offline', 'call.*', 'sms.sent', 'custom', '*'];
const startedBy = (event: Parameters<typeof rulesFor>[0]): readonly string[] =>
  rulesFor(
    event,
    triggers.map((trigger) => rule(trigger)),
  ).map(({ trigger }) => trigger);
const filed = { type: 'door.opened', filed: { as: 'event' as const } };

test.each([
  ['call.missed', ['missed_call', 'call.*', '*']],
  ['voicemail.new', ['new_voicemail', '*']],
  ['device.unregistered', ['device_offline', '*']],
  ['sms.sent', ['sms.sent', '*']],
])('%s starts the rules %j', (type, expected) => {
  expect(startedBy({ type })).toEqual(expected);
});

test('an event of a client starts rules for these, if it asks for that', () => {
  expect(startedBy({ ...filed, notify: true })).toEqual(['custom', '*']);
  expect(startedBy(filed)).toEqual([]);
  expect(startedBy({ type: 'door.opened', filed: { as: 'entry' }, notify: true })).toEqual([]);
});

test('what a notice causes starts none, and neither does a disabled rule', () => {
  expect(startedBy({ type: 'sms.sent', cause: 'notice' })).toEqual([]);
  expect(rulesFor({ type: 'sms.sent' }, [rule('*', false)])).toEqual([]);
});

test('a trigger that every object has as a property is no alias', () => {
  expect(rulesFor({ type: 'call.missed' }, [rule('constructor'), rule('toString')])).toEqual([]);
});
