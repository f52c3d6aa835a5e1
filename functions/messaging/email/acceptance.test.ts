import { expect, test } from 'vitest';
import { acceptedDetails, acceptEmails, AcceptedEmail, copyWarnings, presentAccepted } from './acceptance.ts';
import { SendEmail } from './send-email.ts';

const now = '2026-11-20T12:00:00.000Z';

/** What a request becomes, if some addresses are suppressed. */
function accept(body: object, ...suppressed: readonly string[]) {
  let last = 0;
  return acceptEmails({
    wanted: SendEmail.parse({ template: 'invoice', ...body }),
    template: { name: 'invoice', version: 3 },
    subject: 'May',
    sender: { address: 'a@acme.example', name: 'Acme' },
    suppressed: new Set(suppressed),
    contentKey: (id) => `key of ${id}`,
    files: ['file_1'],
    sentBy: 'usr_1',
    nextId: (prefix) => `${prefix}_${(last += 1)}`,
    now,
  });
}

test('an e-mail to one recipient has everything that its delivery needs', () => {
  const { batch, emails, content } = accept({ to: 'ann@example.com', cc: ['bob@example.com'], bcc: 'eve@example.com' });
  expect(emails).toMatchObject([
    {
      id: 'eml_1',
      status: 'queued',
      to: ['ann@example.com'],
      cc: ['bob@example.com'],
      bcc: ['eve@example.com'],
      batch_id: null,
      template: 'invoice',
      template_version: 3,
      text: null,
      content: 'key of eml_1',
      tracking: { opens: true, clicks: true },
      priority: 'normal',
      files: ['file_1'],
    },
  ]);
  expect(batch).toEqual({
    id: 'eml_1',
    sent_by: 'usr_1',
    reference: null,
    emails: ['eml_1'],
    announced: true,
    created_at: now,
  });
  expect(content).toBe('key of eml_1');
});

test('several recipients are a batch, whose first e-mail has the copies', () => {
  const accepted = accept({ to: ['a@example.com', 'b@example.com'], cc: 'c@example.com', reference: 'no 1' });
  expect(accepted.batch).toMatchObject({ id: 'ebatch_3', emails: ['eml_1', 'eml_2'], announced: false });
  expect(accepted.emails.map(({ to, cc, batch_id: batch }) => [to, cc, batch])).toEqual([
    [['a@example.com'], ['c@example.com'], 'ebatch_3'],
    [['b@example.com'], [], 'ebatch_3'],
  ]);
  expect(acceptedDetails(accepted)).toMatchObject({ entity: { id: 'ebatch_3' }, fields: { reference: 'no 1' } });
});

test('a single recipient that is suppressed is an error; in a batch its e-mail has failed, and copies go on', () => {
  expect(() => accept({ to: 'a@example.com' }, 'a@example.com')).toThrow(
    expect.objectContaining({ code: 'RECIPIENT_SUPPRESSED', details: [expect.objectContaining({ path: 'to' })] }),
  );
  const body = { to: ['a@example.com', 'b@example.com'], cc: ['c@example.com', 'd@example.com'] };
  const { batch, emails, content } = accept(body, 'a@example.com', 'd@example.com');
  expect(emails).toMatchObject([
    { status: 'failed', cc: [], error: { code: 'RECIPIENT_SUPPRESSED' }, timestamps: { failed: now } },
    { status: 'queued', cc: ['c@example.com'], error: null },
  ]);
  expect(copyWarnings(SendEmail.parse({ template: 'x', ...body }), new Set(['d@example.com']))).toEqual([
    expect.stringMatching(/^d@example.com gets no copy/),
  ]);
  expect(AcceptedEmail.parse(presentAccepted({ batch, emails, content }))).toMatchObject({
    total_emails: 2,
    queued: 1,
    failed: 1,
    emails: [{ email_id: 'eml_1', status: 'failed', error: { code: 'RECIPIENT_SUPPRESSED' } }, { status: 'queued' }],
  });
});

test('a recipient that is named twice gets one e-mail, and that is no batch', () => {
  const accepted = accept({ to: ['Ann@Example.com', 'ann@example.com'] });
  expect(AcceptedEmail.parse(presentAccepted(accepted))).toEqual({
    email_id: 'eml_1',
    status: 'queued',
    to: ['ann@example.com'],
    template: 'invoice',
    subject: 'May',
    created_at: now,
  });
  expect(acceptedDetails(accepted).entity).toEqual({ type: 'email', id: 'eml_1' });
});
