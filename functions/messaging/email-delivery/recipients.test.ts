import { expect, test } from 'vitest';
import { queuedEmail } from '#schema/email.ts';
import {
  admitRecipients,
  admitUnsuppressed,
  isForLogIn,
  isFromPlatform,
  noticeDay,
  recipientsOf,
} from './recipients.ts';

const email = queuedEmail({
  id: 'eml_1',
  to: ['ann@example.com'],
  cc: ['bob@example.com', 'eve@example.com'],
  template: 'policy_call_log',
  template_version: 1,
  subject: 'A call',
  text: 'Text',
  created_at: '2026-11-20T10:00:00.000Z',
});
const today = (used: number) => ({ used, limit: 1_000 });
const users = (...addresses: readonly string[]): ReadonlySet<string> => new Set(addresses);

test('an e-mail goes to addresses that may be written to only; the first of them is its recipient', () => {
  expect(recipientsOf(email)).toEqual(['ann@example.com', 'bob@example.com', 'eve@example.com']);
  expect(admitRecipients(email, users('bob@example.com', 'eve@example.com', 'zoe@example.com'), today(0))).toEqual({
    email: { ...email, to: ['bob@example.com'], cc: ['eve@example.com'] },
    recipients: 2,
  });
});

test('an e-mail to no such address is not sent', () => {
  expect(admitRecipients(email, users('zoe@example.com'), today(0))).toEqual({
    problem: {
      code: 'RECIPIENT_NOT_CONFIRMED',
      message: 'no recipient is a user or the billing contact of the organization, or has confirmed',
    },
  });
});

test('an organization has so many recipients a day; an e-mail that would pass them is not sent to anyone', () => {
  const two = users('ann@example.com', 'bob@example.com');
  expect(admitRecipients(email, two, today(998))).toMatchObject({ recipients: 2 });
  expect(admitRecipients(email, two, today(999))).toMatchObject({ problem: { code: 'NOTICE_LIMIT' } });
});

test('a day begins at midnight UTC, and its count lasts one day longer', () => {
  const days = ['2026-11-20T00:00:00.000Z', '2026-11-20T23:59:59.999Z', '2026-11-21T00:00:00.000Z'].map((at) =>
    noticeDay(new Date(at)),
  );
  expect(days[0]).toEqual({
    minute: Date.parse('2026-11-20T00:00:00Z') / 60_000,
    ttl: Date.parse('2026-11-22T00:00:00Z') / 1_000,
  });
  expect([days[1], days[2]?.minute]).toEqual([days[0], Date.parse('2026-11-21T00:00:00Z') / 60_000]);
});

test('an e-mail that a client sent keeps its recipient, or is not sent', () => {
  const byClient = { ...email, bcc: ['zoe@example.com'] };
  expect(admitRecipients(byClient, users('ann@example.com', 'zoe@example.com'), today(0))).toEqual({
    email: { ...byClient, cc: [] },
    recipients: 2,
  });
  expect(admitRecipients(byClient, users('bob@example.com', 'zoe@example.com'), today(0))).toMatchObject({
    problem: { code: 'RECIPIENT_NOT_CONFIRMED' },
  });
});

test('suppressed addresses get no e-mail and no copy', () => {
  const byClient = { ...email, bcc: [] };
  expect(admitUnsuppressed(byClient, users('bob@example.com'))).toMatchObject({ email: { cc: ['eve@example.com'] } });
  expect(admitUnsuppressed(byClient, users('ann@example.com'))).toMatchObject({
    problem: { code: 'RECIPIENT_SUPPRESSED' },
  });
  // A notice goes to the first that is left.
  expect(admitUnsuppressed(email, users('ann@example.com'))).toMatchObject({ email: { to: ['bob@example.com'] } });
});

test('the platform is the sender of notices, and of e-mails without a sender', () => {
  expect([email, { ...email, sender: null }].map(isFromPlatform)).toEqual([true, true]);
  expect(isFromPlatform({ sender: { address: 'a@acme.example', name: null } })).toBe(false);
});

test('an e-mail of the platform lets its reader log in; one of a client with the same template does not', () => {
  const reset = { ...email, template: 'password_reset' };
  expect([email, reset, { ...reset, sent_by: 'usr_1' }].map(isForLogIn)).toEqual([false, true, false]);
});
