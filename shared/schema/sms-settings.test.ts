import { expect, test } from 'vitest';
import { SmsSettings, smsSettingsOf } from './sms-settings.ts';

test('without settings an organization sends to all countries, 10,000 a day, at any time, from numbers only', () => {
  expect(smsSettingsOf({ settings: {} })).toEqual({
    enabled: true,
    senderIds: [],
    countries: null,
    flowCountries: null,
    dailyLimit: 10_000,
    window: null,
    helpText: null,
    stopText: null,
  });
});

test('settings that are given hold', () => {
  const sms = SmsSettings.parse({ enabled: false, sender_ids: ['Acme 24'], countries: ['de'], daily_limit: 0 });
  expect(smsSettingsOf({ settings: { sms } })).toMatchObject({
    enabled: false,
    senderIds: ['Acme 24'],
    countries: ['DE'],
    dailyLimit: 0,
  });
});

test.each([
  [{ sender_ids: ['12345'] }],
  [{ sender_ids: ['TwelveLetter'] }],
  [{ sender_ids: ['Acme!'] }],
  [{ sender_ids: [''] }],
  [{ countries: ['XX'] }],
  [{ daily_limit: -1 }],
  [{ help_text: 'x'.repeat(161) }],
])('%j is rejected', (settings) => expect(SmsSettings.safeParse(settings).success).toBe(false));
