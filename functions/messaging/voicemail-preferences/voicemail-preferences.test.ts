import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPreferences, greetingsOf, type VoicemailPreferences } from '#schema/mailbox.ts';
import {
  asksForSms,
  assertOwnMobile,
  assertSender,
  assertStrongPin,
  changePreferences,
  presentPreferences,
  withoutGreeting,
} from './voicemail-preferences.ts';

const now = '2026-11-20T10:00:00.000Z';
const stored = (more: Partial<VoicemailPreferences> = {}): VoicemailPreferences => ({
  ...defaultPreferences('204'),
  created_at: now,
  updated_at: now,
  version: 1,
  ...more,
});

describe('a PIN', () => {
  test.each(['1111', '0000000000', '1234', '9876', '0123456789', '2047'])('%s is too easy for mailbox 2047', (pin) => {
    expect(() => assertStrongPin(pin, '2047')).toThrow(expect.objectContaining({ code: 'WEAK_PIN' }));
  });

  test.each(['1357', '1235', '7890', '480163', '1212'])('%s may be used', (pin) => {
    expect(() => assertStrongPin(pin, '204')).not.toThrow();
  });

  test('of digits that do not all differ by the same step may be used', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 10 }), (digits) => {
        const steps = new Set(digits.slice(1).map((digit, at) => digit - (digits[at] ?? 0)));
        const isEasy = steps.size === 1 && Math.abs([...steps][0] ?? 0) <= 1;
        const check = () => assertStrongPin(digits.join(''), 'reception');
        if (isEasy) expect(check).toThrow();
        else expect(check).not.toThrow();
      }),
    );
  });
});

test('the first change has defaults for the fields that it does not name', () => {
  const made = changePreferences(undefined, { mailbox: '204', change: { max_messages: 5, pin: '480163' }, now });
  expect(made).toEqual(stored({ max_messages: 5, pin_set: true }));
});

test('a later change keeps the fields that it does not name, and null clears', () => {
  const before = stored({ max_messages: 5, pin_set: true, notify_email: 'ann@example.com' });
  const change = { notify_email: null, pin: null };
  expect(changePreferences(before, { mailbox: '204', change, now })).toEqual(
    stored({ max_messages: 5, pin_set: false, version: 2 }),
  );
});

test.each([
  ['greeting_type', { greeting_type: 'custom' as const }],
  ['delete_after_email', { delete_after_email: true }],
])('%s needs the field that it depends on', (path, change) => {
  expect(() => changePreferences(undefined, { mailbox: '204', change, now })).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path })] }),
  );
});

test('a deleted file is used no more, and its custom greeting becomes the default one', () => {
  const before = stored({ greeting_file_id: 'file_1', busy_greeting_file_id: 'file_2', greeting_type: 'custom' });
  expect(greetingsOf(before)).toEqual(['file_1', 'file_2']);
  expect(withoutGreeting(before, 'file_1', now)).toMatchObject({
    greeting_file_id: null,
    busy_greeting_file_id: 'file_2',
    greeting_type: 'default',
  });
  expect(withoutGreeting(before, 'file_2', now)).toMatchObject({ greeting_file_id: 'file_1', greeting_type: 'custom' });
});

test('the name is a file as greetings are, and none in preferences of before', () => {
  const before = stored({ name_file_id: 'file_3' });
  expect(greetingsOf(before)).toEqual(['file_3']);
  expect(withoutGreeting(before, 'file_3', now)).toMatchObject({ name_file_id: null });
  const { name_file_id: _name, ...older } = stored();
  expect(greetingsOf(older)).toEqual([]);
  expect(presentPreferences(older, { organization: 1_001, owner: null })).toMatchObject({ name_file_id: null });
});

test('preferences that were never set are answered with the user of the extension', () => {
  const shown = presentPreferences(defaultPreferences('204'), { organization: 1_001, owner: 'usr_1' });
  expect(shown).toMatchObject({ mailbox: '204', user_id: 'usr_1', pin_set: false, created_at: null });
});

describe('SMS notices', () => {
  const number = '+14155550100';

  test('are asked for by a number that got none before', () => {
    expect(asksForSms(undefined, stored({ notify_sms: number }))).toBe(true);
    expect(asksForSms(stored({ notify_sms: '+14155550101' }), stored({ notify_sms: number }))).toBe(true);
    expect(asksForSms(stored({ notify_sms: number }), stored({ notify_sms: number }))).toBe(false);
    expect(asksForSms(stored({ notify_sms: number }), stored())).toBe(false);
  });

  test('need a sender', () => {
    expect(() => assertSender('Acme')).not.toThrow();
    const details = [expect.objectContaining({ path: 'notify_sms' })];
    expect(() => assertSender(undefined)).toThrow(expect.objectContaining({ code: 'NO_SMS_SENDER', details }));
  });

  test('of a user itself go to its mobile number', () => {
    expect(() => assertOwnMobile(stored({ notify_sms: number }), number)).not.toThrow();
    for (const mobile of [null, '+14155550101'])
      expect(() => assertOwnMobile(stored({ notify_sms: number }), mobile)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED' }),
      );
  });
});
