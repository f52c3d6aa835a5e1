import { describe, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Email } from '#schema/email.ts';
import { acceptedEmails } from './client-emails.fixture.ts';

const running = testStore();

const accepted = (to: readonly string[], more: Partial<Email> = {}) => acceptedEmails(running, to, more);

describe('a report of the provider', () => {
  const bounce = (...addresses: readonly string[]) => ({
    eventType: 'Bounce',
    bounce: {
      timestamp: noon.toISOString(),
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: addresses.map((emailAddress) => ({ emailAddress })),
    },
  });

  test('changes the state and suppresses the address in one transaction, once', async () => {
    const { deliver, messageOf, ids, report, email, events, suppression } = await accepted(['ann@example.com']);
    await deliver(messageOf(ids[0] ?? ''));
    const bounced = report(ids[0] ?? '', bounce('ann@example.com'));
    expect(await deliver(bounced, bounced)).toBe(0);
    await deliver(bounced);
    expect(await email()).toMatchObject({ status: 'bounced', error: { code: 'BOUNCED' } });
    expect(await suppression('ann@example.com')).toMatchObject({ reason: 'bounce', version: 1 });
    expect((await events()).toSorted()).toEqual([
      `email.bounced ${ids[0]}`,
      `email.sent ${ids[0]}`,
      'email.suppressed ann@example.com',
    ]);
  });

  test('saves an e-mail whose attempt broke off from being sent twice', async () => {
    const { deliver, messageOf, ids, report, email, sent, dependencies, objects, content } = await accepted(
      ['ann@example.com'],
      { status: 'sending', attempts: 1, next_at: noon.getTime() + 60_000 },
    );
    await deliver(report(ids[0] ?? '', { eventType: 'Send' }));
    expect(await email()).toMatchObject({ status: 'sent', provider_message_id: 'ses-1', from: 'shop@acme.example' });
    dependencies.now = new Date(noon.getTime() + 120_000);
    await deliver(messageOf(ids[0] ?? ''));
    expect([sent, objects.kept.has(content)]).toEqual([[], false]);
  });

  test('of a copy suppresses the address of the copy only', async () => {
    const copy = { cc: ['cc@example.com'] };
    const { deliver, messageOf, ids, report, email, suppression } = await accepted(['ann@example.com'], copy);
    await deliver(messageOf(ids[0] ?? ''));
    await deliver(report(ids[0] ?? '', bounce('cc@example.com')));
    expect((await email()).status).toBe('sent');
    expect([(await suppression('cc@example.com'))?.reason, await suppression('ann@example.com')]).toEqual([
      'bounce',
      undefined,
    ]);
  });

  test.each([47, 49])('of a bounce of the recipient and %i copies suppresses all addresses, once', async (copies) => {
    const cc = Array.from({ length: copies }, (_, at) => `cc-${at}@example.com`);
    const { deliver, messageOf, ids, report, email, events, suppression } = await accepted(['ann@example.com'], { cc });
    await deliver(messageOf(ids[0] ?? ''));
    const bounced = report(ids[0] ?? '', bounce(...cc, 'ann@example.com'));
    await deliver(bounced);
    await deliver(bounced);
    const found = await Promise.all([...cc, 'ann@example.com'].map(suppression));
    expect(found.map((each) => [each?.reason, each?.version])).toEqual(found.map(() => ['bounce', 1]));
    expect((await email()).status).toBe('bounced');
    const told = (await events()).filter((event) => event.startsWith('email.suppressed'));
    expect(new Set(told).size).toBe(copies + 1);
    expect(told).toHaveLength(copies + 1);
  });

  test('counts openings, and has an event', async () => {
    const { deliver, messageOf, ids, report, email, events } = await accepted(['ann@example.com']);
    await deliver(messageOf(ids[0] ?? ''));
    await deliver(report(ids[0] ?? '', { eventType: 'Open', open: { timestamp: noon.toISOString() } }));
    expect((await email()).opens).toBe(1);
    expect(await events()).toContain(`email.opened ${ids[0]}`);
  });

  test('about an e-mail of no one is ignored; one that cannot be read is a dead letter', async () => {
    const { deliver, report, organization, events } = await accepted(['ann@example.com']);
    expect(await deliver(report('eml_none', bounce('ann@example.com')))).toBe(0);
    expect(await deliver({ mail: { messageId: 'x', timestamp: '' }, eventType: 'Send' })).toBe(0);
    expect(await deliver({ eventType: 'Unheard', mail: {} })).toBe(0);
    expect([organization > 0, await events()]).toEqual([true, []]);
  });
});
