import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { AppError } from '#errors.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { hourOf, noticeDraft, noticeError, noticeIds, rejectionOf, tooManyNotices } from './voicemail-notice.ts';

const now = new Date('2026-11-20T10:59:59.500Z');
const message: Voicemail = {
  ...{ id: 'vm_01M80A5RM4M05JEBT5G3PPB36N', mailbox: '204', audio: 'vm_1', status: 'new', caller_name: 'Ann' },
  ...{ caller_number: '+14155550100', duration_seconds: 125, content_type: 'audio/wav', size: 9, urgent: false },
  ...{ call_id: null, forwarded_from: null, comment: null, received_at: '', read_at: null, created_at: '', version: 1 },
};
const textOf = (more: Partial<Voicemail>) => noticeDraft({ ...message, ...more }, 'Acme', now).message;

describe('the SMS about a message', () => {
  test('says who called and how long, without the name that the caller chose', () => {
    expect(textOf({ caller_name: 'You won, see example.com' })).toBe(
      'New voicemail in mailbox 204 from +14155550100 (2:05)',
    );
    expect(textOf({ caller_number: null, urgent: true, duration_seconds: 9 })).toBe(
      'Urgent voicemail in mailbox 204 from a withheld number (0:09)',
    );
  });

  test('has one segment, whatever the mailbox', () => {
    expect(noticeDraft({ ...message, mailbox: '_'.repeat(32) }, 'Acme', now)).toMatchObject({
      encoding: 'gsm7',
      segments: 1,
    });
  });

  test('has ids that follow from the message', () => {
    expect(noticeIds(message.id)).toEqual(noticeIds(message.id));
    expect(noticeIds(message.id).sms).toMatch(/^msg_[0-9A-Z]{24}01$/);
    expect(noticeIds('vm_01M80A5RM4M05JEBT5G3PPB36P').sms).not.toBe(noticeIds(message.id).sms);
    expect(noticeDraft(message, 'Acme', now)).toMatchObject({ id: noticeIds(message.id).batch, reference: message.id });
  });
});

describe('no SMS is sent', () => {
  const from = { to: '+14155551234', from: 'Acme', optedOut: false };
  const organization = organizationOf(1001);

  test.each([
    ['REJECTED', from, { status: 'suspended' as const }],
    ['SMS_DISABLED', from, { settings: { sms: { enabled: false } } }],
    ['INVALID_SENDER', { ...from, from: undefined }, {}],
    ['RECIPIENT_OPTED_OUT', { ...from, optedOut: true }, {}],
    ['DESTINATION_NOT_ALLOWED', from, { settings: { sms: { countries: ['DE'] } } }],
  ])('%s', (code, facts, more) => {
    expect(noticeError(facts, { ...organization, ...more })).toMatchObject({ code });
    expect(noticeError(from, organization)).toBeNull();
  });

  test('without credit or beyond a limit, and other faults pass', () => {
    expect(rejectionOf(new AppError('INSUFFICIENT_CREDITS', 'no'))).toEqual({
      code: 'INSUFFICIENT_CREDITS',
      message: 'no',
    });
    expect(rejectionOf(tooManyNotices())?.code).toBe('RATE_LIMITED');
    expect(rejectionOf(new AppError('UNAVAILABLE', 'busy'))).toBeUndefined();
    expect(rejectionOf(new Error('lost'))).toBeUndefined();
  });
});

test('notices are counted by the hour', () => {
  const { hour, ends } = hourOf(now);
  expect(ends).toBe(Date.parse('2026-11-20T11:00:00.000Z') / 1_000);
  expect(hourOf(new Date(now.getTime() + 500)).hour).toBe(hour + 1);
});
