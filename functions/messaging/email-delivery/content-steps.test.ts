import { expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { suppressedError, type Email } from '#schema/email.ts';
import { suppressionWrite } from '../email-suppressions/row.ts';
import { strikeAddress } from '../email-suppressions/suppression.ts';
import { acceptedEmails } from './client-emails.fixture.ts';

const running = testStore();

const accepted = (to: readonly string[], more: Partial<Email> = {}) => acceptedEmails(running, to, more);

test('an e-mail is sent with its content, which is deleted then, with the reference to its file', async () => {
  const { deliver, messageOf, ids, sent, objects, content, email, references } = await accepted(['ann@example.com']);
  expect(await deliver(messageOf(ids[0] ?? ''))).toBe(0);
  expect(sent).toMatchObject([
    {
      sender: 'domain',
      from: { address: 'shop@acme.example', name: 'Acme' },
      to: ['ann@example.com'],
      reply_to: 'help@acme.example',
      html: '<p>H</p>',
      text: 'H',
      priority: 'low',
      tracking: { opens: true, clicks: false },
    },
  ]);
  expect(sent[0]?.attachments?.map((each) => [each.filename, Buffer.from(each.content).toString()])).toEqual([
    ['a.txt', 'inline'],
    ['b.txt', 'stored'],
  ]);
  expect([(await email()).status, objects.kept.has(content), await references()]).toEqual(['sent', false, 0]);
  expect(await deliver(messageOf(ids[0] ?? ''))).toBe(0);
  expect(sent).toHaveLength(1);
});

test('an e-mail whose content does not exist any more has failed', async () => {
  const { deliver, messageOf, ids, objects, email } = await accepted(['ann@example.com']);
  objects.kept.clear();
  await deliver(messageOf(ids[0] ?? ''));
  expect(await email()).toMatchObject({ status: 'failed', error: { code: 'REJECTED' } });
});

test('a batch gets an event for each e-mail, once; its content is kept until the last is sent', async () => {
  const { deliver, messageOf, ids, objects, content, events, organization, references } = await accepted([
    'ann@example.com',
    'bob@example.com',
  ]);
  const batch = messageOf(`ebatch_${organization}`);
  expect(await deliver(batch, batch)).toBe(0);
  await deliver(batch);
  expect((await events()).toSorted()).toEqual(ids.map((id) => `email.queued ${id}`));
  await deliver(messageOf(ids[0] ?? ''));
  expect([objects.kept.has(content), await references()]).toEqual([true, 1]);
  await deliver(messageOf(ids[1] ?? ''));
  expect([objects.kept.has(content), await references()]).toEqual([false, 0]);
});

test('the e-mail of a batch whose recipient is suppressed gets the event of its failure', async () => {
  const failed = { status: 'failed', error: suppressedError } as const;
  const { deliver, messageOf, organization, events } = await accepted(['ann@example.com', 'bob@example.com'], failed);
  await deliver(messageOf(`ebatch_${organization}`));
  expect((await events()).map((each) => each.split(' ')[0])).toEqual(['email.failed', 'email.failed']);
});

test('an address that was suppressed since gets no e-mail', async () => {
  const { deliver, messageOf, ids, organization, email, sent } = await accepted(['ann@example.com']);
  const suppression = strikeAddress('ann@example.com', undefined, { strike: 'complaint', now: noon });
  await commit(running.store, organization, [suppressionWrite(undefined, suppression)]);
  await deliver(messageOf(ids[0] ?? ''));
  expect([await email(), sent]).toMatchObject([{ status: 'failed', error: suppressedError }, []]);
});
