import { expect, test } from 'vitest';
import { noticeEmail } from './notice-email.ts';

test('a notice has its subject at once, and the values of its body', () => {
  const variables = { outcome: 'denied', caller: '+15550100' };
  const now = '2026-11-21T12:00:00.000Z';
  const email = noticeEmail({ id: 'eml_1', to: 'a@example.com', template: 'policy_call_log', variables, now });
  expect(email).toMatchObject({
    to: ['a@example.com'],
    cc: [],
    status: 'queued',
    template: 'policy_call_log',
    template_version: 2,
    subject: 'Call denied by a dial-plan policy',
    text: null,
    variables,
    created_at: now,
  });
});
