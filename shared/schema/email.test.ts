import { expect, test } from 'vitest';
import { queuedEmail } from './email.ts';

test('a queued e-mail has had no attempt, and records when it was queued', () => {
  const email = queuedEmail({
    id: 'eml_1',
    to: ['anna@example.com'],
    cc: [],
    template: 'password_reset',
    template_version: 2,
    subject: 'Your password',
    text: 'Hello',
    created_at: '2026-01-31T12:00:00.000Z',
  });
  expect(email).toMatchObject({
    status: 'queued',
    from: null,
    attempts: 0,
    next_at: 0,
    error: null,
    timestamps: { queued: '2026-01-31T12:00:00.000Z' },
    version: 1,
  });
});
