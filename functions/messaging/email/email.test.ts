import { expect, test } from 'vitest';
import { queuedEmail } from '#schema/email.ts';
import { matches, presentEmail, ShownEmail } from './email.ts';

const at = '2026-11-20T10:00:00.000Z';
const email = queuedEmail({
  id: 'eml_1',
  to: ['ann@example.com'],
  cc: ['bob@example.com'],
  template: 'policy_call_log',
  template_version: 1,
  subject: 'A call',
  text: 'Secret text',
  created_at: at,
});
const day = { since: '2026-11-20T00:00:00.000Z', until: '2026-11-21T00:00:00.000Z' };

test.each([
  [{}, true],
  [{ status: 'queued' }, true],
  [{ status: 'sent' }, false],
  [{ to: 'ann@example.com' }, true],
  [{ to: 'bob@example.com' }, false],
  [{ template: 'policy_call_log' }, true],
  [{ template: 'welcome_email' }, false],
  [{ status: 'queued', template: 'welcome_email' }, false],
] as const)('the filter %j matches: %s', (filters, isMatch) => expect(matches(filters, day)(email)).toBe(isMatch));

test('a range includes its start and excludes its end', () => {
  expect(matches({}, { since: at, until: day.until })(email)).toBe(true);
  expect(matches({}, { since: day.since, until: at })(email)).toBe(false);
});

test('an e-mail is shown in the declared form, without its text', () => {
  const shown = ShownEmail.parse(presentEmail(email));
  expect(shown).toMatchObject({
    email_id: 'eml_1',
    batch_id: null,
    from: null,
    timestamps: { queued: at },
    opens: 0,
    clicks: 0,
  });
  expect(JSON.stringify(shown)).not.toContain('Secret text');
});
