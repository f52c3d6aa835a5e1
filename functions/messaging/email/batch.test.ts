import { expect, test } from 'vitest';
import { queuedEmail } from '#schema/email.ts';
import { presentBatch, ShownEmailOrBatch } from './batch.ts';

const emailOf = (id: string, to: string) =>
  queuedEmail({
    id,
    to: [to],
    cc: [],
    template: 'invoice',
    template_version: 1,
    subject: 'S',
    text: 'Secret text',
    created_at: '2026-11-20T10:00:00.000Z',
  });

test('a batch is shown with the number of its e-mails in each state, without their text', () => {
  const error = { code: 'BOUNCED', message: 'x' };
  const shown = ShownEmailOrBatch.parse(
    presentBatch({ id: 'ebatch_1' }, [
      emailOf('eml_1', 'ann@example.com'),
      { ...emailOf('eml_2', 'bob@example.com'), status: 'bounced', error },
    ]),
  );
  expect(shown).toMatchObject({
    batch_id: 'ebatch_1',
    total_emails: 2,
    counts: { queued: 1, sending: 0, sent: 0, delivered: 0, bounced: 1, complained: 0, failed: 0 },
    emails: [
      { email_id: 'eml_1', to: 'ann@example.com', status: 'queued', error: null },
      { email_id: 'eml_2', to: 'bob@example.com', status: 'bounced', error },
    ],
  });
  expect(JSON.stringify(shown)).not.toContain('Secret text');
});
