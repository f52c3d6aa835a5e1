import { expect, test } from 'vitest';
import type { RecordingNotice } from '#schema/recording-notice.ts';
import {
  assertDefaultSender,
  assertNoticePermitted,
  assertNoticeStillPermitted,
  wantedDefaultSender,
} from './organization-settings.ts';

const rejectionAt = (path: string): Error =>
  expect.objectContaining({
    code: 'RECORDING_NOTICE_REQUIRED',
    details: [expect.objectContaining({ path })],
  }) as Error;

const organization = (country: string, notice?: RecordingNotice) => ({
  country,
  settings: notice === undefined ? {} : { recording_notice: notice },
});

test.each([
  ['DE', 'announcement'],
  ['DE', null],
  ['DE', undefined],
  ['BR', 'beep'],
  ['JP', 'none'],
] as const)('%s permits %s', (country, notice) => {
  expect(() => assertNoticePermitted(country, notice, 'settings.recording_notice')).not.toThrow();
});

test.each([
  ['DE', 'beep'],
  ['DE', 'none'],
  ['BR', 'none'],
] as const)('%s demands more than %s', (country, notice) => {
  expect(() => assertNoticePermitted(country, notice, 'settings.recording_notice')).toThrow(
    rejectionAt('settings.recording_notice'),
  );
});

test('a country that demands more than the notice is rejected, and its field named', () => {
  const rejects = (...args: Parameters<typeof assertNoticeStillPermitted>) =>
    expect(() => assertNoticeStillPermitted(...args));
  rejects(organization('JP', 'none'), organization('BR', 'none')).toThrow(rejectionAt('country'));
  rejects(organization('JP'), organization('BR', 'none')).toThrow(rejectionAt('settings.recording_notice'));
  rejects(organization('JP', 'none'), organization('DE')).not.toThrow();
  rejects(organization('JP', 'none'), organization('KR', 'none')).not.toThrow();
});

test('other changes are accepted while the notice is weaker than demanded since', () => {
  expect(() => assertNoticeStillPermitted(organization('DE', 'beep'), organization('DE', 'beep'))).not.toThrow();
});

test('a default sender is in a verified domain of the organization', () => {
  const address = wantedDefaultSender({ settings: { email: { default_from: 'hi@acme.example' } } });
  expect(address).toBe('hi@acme.example');
  expect(() => assertDefaultSender(address, { domain: 'acme.example' })).not.toThrow();
  expect(() => assertDefaultSender(address, undefined)).toThrow(
    expect.objectContaining({
      code: 'SENDER_NOT_VERIFIED',
      details: [expect.objectContaining({ path: 'settings.email.default_from' })],
    }),
  );
});

test.each([{}, { settings: {} }, { settings: { email: null } }, { settings: { email: { default_from: null } } }])(
  'no domain is needed without one: %j',
  (wanted) => {
    expect(() => assertDefaultSender(wantedDefaultSender(wanted), undefined)).not.toThrow();
  },
);
