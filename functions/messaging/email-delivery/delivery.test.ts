import { expect, test } from 'vitest';
import { queuedEmail, type Email } from '#schema/email.ts';
import { minute, second } from '#schema/time.ts';
import { deliveryEvent, inState, markFailed, markSent, retryLater, startAttempt, stepOf } from './delivery.ts';

const start = new Date('2026-11-20T10:00:00.000Z');
const queued = queuedEmail({
  id: 'eml_1',
  to: ['ann@example.com'],
  cc: [],
  template: 'policy_call_log',
  template_version: 1,
  subject: 'A call',
  text: 'Text',
  created_at: start.toISOString(),
});
const later = (milliseconds: number): Date => new Date(start.getTime() + milliseconds);
const failOnce = (email: Email, chance = 0.5): Email =>
  retryLater(startAttempt(email, start), start, { problem: 'rejected', chance });

test('a queued e-mail is attempted at once, an attempt holds it for two minutes', () => {
  expect(stepOf(queued, start.getTime())).toBe('attempt');
  const attempt = startAttempt(queued, start);
  expect(attempt).toMatchObject({ status: 'sending', attempts: 1, version: 2 });
  expect(stepOf(attempt, start.getTime())).toBe(2 * minute);
  expect(stepOf(attempt, later(2 * minute - 1).getTime())).toBe(1);
  expect(stepOf(attempt, later(2 * minute).getTime())).toBe('attempt');
});

test('a final e-mail needs nothing, and has no text any more', () => {
  const sent = markSent(startAttempt(queued, start), later(5), { from: 'a@example.com', provider_message_id: 'ses-1' });
  const failed = markFailed(queued, later(5), { code: 'REJECTED', message: 'no domain' });
  expect([sent, failed].map((email) => [stepOf(email, later(minute).getTime()), email.text])).toEqual([
    ['nothing', null],
    ['nothing', null],
  ]);
  expect(sent).toMatchObject({
    from: 'a@example.com',
    provider_message_id: 'ses-1',
    timestamps: { queued: start.toISOString(), sending: start.toISOString(), sent: later(5).toISOString() },
  });
});

test('waits between attempts grow, and the fifth failure is the last', () => {
  const waits: number[] = [];
  let email: Email = queued;
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    email = failOnce(email);
    if (email.status === 'queued') waits.push(email.next_at - start.getTime());
  }
  expect(waits).toEqual([30 * second, 2 * minute, 10 * minute, 30 * minute]);
  expect(email).toMatchObject({
    status: 'failed',
    attempts: 5,
    text: null,
    error: { code: 'PROVIDER_UNAVAILABLE', message: 'rejected' },
  });
});

test('a wait is spread by 20 % to either side', () => {
  expect([0, 1].map((chance) => failOnce(queued, chance).next_at - start.getTime())).toEqual([
    24 * second,
    36 * second,
  ]);
});

test('an e-mail is given up when its last attempt broke off', () => {
  const broken = { ...startAttempt(queued, start), attempts: 5 };
  expect(stepOf(broken, later(2 * minute).getTime())).toBe('give up');
  expect(stepOf({ ...broken, attempts: 4 }, later(2 * minute).getTime())).toBe('attempt');
});

test('each state after an attempt has an event, without the text', () => {
  expect([deliveryEvent(queued), deliveryEvent(startAttempt(queued, start))]).toEqual([undefined, undefined]);
  const sent = markSent(queued, start, { from: 'a@example.com', provider_message_id: 'ses-1' });
  expect(deliveryEvent(sent)).toEqual({
    type: 'email.sent',
    entity: { type: 'email', id: 'eml_1' },
    fields: { template: 'policy_call_log', to: ['ann@example.com'], cc: [] },
    description: 'E-mail sent: A call',
  });
  const error = { code: 'REJECTED', message: 'no domain' };
  expect(deliveryEvent(markFailed(queued, start, error))).toMatchObject({
    type: 'email.failed',
    severity: 'warning',
    fields: { error },
  });
  expect(
    (['delivered', 'bounced', 'complained'] as const).map(
      (status) => deliveryEvent(inState(sent, status, start))?.type,
    ),
  ).toEqual(['email.delivered', 'email.bounced', 'email.complained']);
});
