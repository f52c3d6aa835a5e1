import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queuedEmail, type Email } from '#schema/email.ts';
import { markSent, startAttempt } from './delivery.ts';
import { applyReport, applyStrike, ProviderReport, readingEvent, strikesOf, subjectOf } from './report.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const queued = queuedEmail({
  id: 'eml_1',
  to: ['ann@example.com'],
  cc: ['bob@example.com'],
  template: 'invoice',
  template_version: 1,
  subject: 'S',
  text: 'T',
  created_at: '2026-11-20T11:00:00.000Z',
});
const sending = startAttempt(queued, now);
const sent = markSent(sending, now, { from: 'no-reply@example.com', provider_message_id: 'ses-1' });

const mail = {
  timestamp: now.toISOString(),
  messageId: 'ses-1',
  source: 'no-reply@example.com',
  tags: { org_id: ['1001'], email_id: ['eml_1'] },
};
const timestamp = now.toISOString();
const report = (of: object): ProviderReport => ProviderReport.parse({ mail, ...of });
const recipients = (...addresses: readonly string[]) => addresses.map((emailAddress) => ({ emailAddress }));
const delivery = (...addresses: readonly string[]) =>
  report({ eventType: 'Delivery', delivery: { timestamp, recipients: addresses } });
const bounce = (bounceType: string, ...addresses: readonly string[]) =>
  report({
    eventType: 'Bounce',
    bounce: { timestamp, bounceType, bounceSubType: 'General', bouncedRecipients: recipients(...addresses) },
  });
const complaint = report({
  eventType: 'Complaint',
  complaint: { timestamp, complainedRecipients: recipients('Ann@Example.com') },
});
const open = (at = timestamp) => report({ eventType: 'Open', open: { timestamp: at } });

/** The e-mail after reports. */
const after = (email: Email, ...reports: readonly ProviderReport[]): Email =>
  reports.reduce((current, each) => applyReport(current, each, now)?.after ?? current, email);

describe('a report leads', () => {
  test.each([
    ['Delivery', delivery('ann@example.com'), 'delivered', null],
    ['Bounce with a display name', bounce('Permanent', '"Lee <x>" <Ann@Example.com>'), 'bounced', 'BOUNCED'],
    ['Bounce', bounce('Permanent', 'ann@example.com'), 'bounced', 'BOUNCED'],
    ['a Bounce that may pass', bounce('Transient', 'ann@example.com'), 'bounced', 'BOUNCED'],
    ['Complaint', complaint, 'complained', 'COMPLAINED'],
    ['Reject', report({ eventType: 'Reject', reject: { reason: 'Bad content' } }), 'failed', 'REJECTED'],
    [
      'Rendering Failure',
      report({ eventType: 'Rendering Failure', failure: { errorMessage: 'x' } }),
      'failed',
      'REJECTED',
    ],
  ] as const)('%s from sent to %3$s', (_, of, status, code) => {
    const { after: changed, entered } = applyReport(sent, of, now) ?? {};
    expect(changed).toMatchObject({ status, version: sent.version + 1, timestamps: { [status]: now.toISOString() } });
    expect(changed?.error?.code ?? null).toBe(code);
    expect(entered?.map((each) => each.status)).toEqual([status]);
  });

  test('an attempt that broke off to sent, so that the e-mail is not sent twice', () => {
    expect(after(sending, report({ eventType: 'Send', send: {} }))).toMatchObject({
      status: 'sent',
      provider_message_id: 'ses-1',
      from: 'no-reply@example.com',
      text: null,
    });
    const { entered } = applyReport({ ...sending, status: 'queued' }, delivery('ann@example.com'), now) ?? {};
    expect(entered?.map(({ status }) => status)).toEqual(['sent', 'delivered']);
  });

  test('from delivered to complained, which is the only late change', () => {
    const delivered = after(sent, delivery('ann@example.com'));
    expect(after(delivered, complaint).status).toBe('complained');
    expect(after(delivered, bounce('Permanent', 'ann@example.com')).status).toBe('delivered');
    expect(after(after(sent, bounce('Permanent', 'ann@example.com')), delivery('ann@example.com')).status).toBe(
      'bounced',
    );
  });

  test('to no state if it is about copies only', () => {
    expect(applyReport(sent, delivery('bob@example.com'), now)).toBeUndefined();
    // It is remembered all the same: it says something about the address.
    expect(after(sent, bounce('Permanent', 'bob@example.com'))).toMatchObject({
      status: 'sent',
      version: sent.version + 1,
    });
  });

  test('to no state before the first attempt', () => {
    expect(applyReport(queued, report({ eventType: 'Send', send: {} }), now)).toBeUndefined();
  });
});

test('opens and clicks are counted once for each report, of which the latest are remembered', () => {
  const click = report({ eventType: 'Click', click: { timestamp, link: 'https://example.com' } });
  expect(after(sent, open(), open(), click, open('2026-11-20T12:00:01.000Z'))).toMatchObject({ opens: 2, clicks: 1 });
  const many = after(sent, ...Array.from({ length: 50 }, (_, at) => open(new Date(now.getTime() + at).toISOString())));
  expect([many.opens, many.reports?.length]).toEqual([50, 20]);
  expect(readingEvent(sent, click)).toMatchObject({ type: 'email.clicked', fields: { link: 'https://example.com' } });
  expect([readingEvent(sent, open())?.type, readingEvent(sent, complaint)]).toEqual(['email.opened', undefined]);
});

test('in any order and repeated, reports lead to one final state and never back', () => {
  const reports = [
    report({ eventType: 'Send', send: {} }),
    delivery('ann@example.com'),
    bounce('Permanent', 'ann@example.com'),
    complaint,
    report({ eventType: 'Reject', reject: { reason: 'x' } }),
    open(),
  ];
  const rank = { queued: 0, sending: 1, sent: 2, delivered: 3, bounced: 4, complained: 4, failed: 4 };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...reports), { maxLength: 12 }), (given) => {
      let current = sending;
      for (const each of given) {
        const next = applyReport(current, each, now)?.after ?? current;
        expect(rank[next.status]).toBeGreaterThanOrEqual(rank[current.status]);
        if (rank[current.status] === 4) expect(next.status).toBe(current.status);
        current = next;
      }
      for (const each of given) expect(applyReport(current, each, now)).toBeUndefined();
    }),
  );
});

test('bounces and complaints say something about addresses, however they are written', () => {
  expect(strikesOf(bounce('Permanent', 'Ann <Ann@Example.com>', 'bob@example.com'))).toEqual([
    ['ann@example.com', 'permanent bounce'],
    ['bob@example.com', 'permanent bounce'],
  ]);
  expect(strikesOf(bounce('Undetermined', 'ann@example.com'))).toEqual([['ann@example.com', 'transient bounce']]);
  expect(strikesOf(complaint)).toEqual([['ann@example.com', 'complaint']]);
  expect(strikesOf(delivery('ann@example.com'))).toEqual([]);
});

test('an address is suppressed by what a report says about it', () => {
  expect(applyStrike(['ann@example.com', 'complaint'], undefined, now)).toMatchObject({
    after: { address: 'ann@example.com', reason: 'complaint' },
    suppressed: true,
  });
  expect(applyStrike(['ann@example.com', 'transient bounce'], undefined, now).suppressed).toBe(false);
});

test('a report names its e-mail by tags; others are about none of the platform', () => {
  expect(subjectOf(complaint)).toEqual({ organization: 1_001, id: 'eml_1' });
  const tagged = (tags: unknown) => subjectOf(ProviderReport.parse({ eventType: 'Send', mail: { ...mail, tags } }));
  for (const tags of [undefined, {}, { org_id: ['1001'] }, { org_id: ['x'], email_id: ['eml_1'] }])
    expect(tagged(tags)).toBeUndefined();
});
