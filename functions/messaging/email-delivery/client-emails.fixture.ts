import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { eventsOf, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { fileReferenceRow } from '#dynamodb/rows/file.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { Mailer } from '#mail/mailer.ts';
import { queuedEmail, type Email } from '#schema/email.ts';
import { contentBytes } from '../schema/email-content.ts';
import { emailSuppressionRow } from '../email-suppressions/row.ts';
import { emailBatchRow } from '../rows/email-batch.ts';
import { emailMessage } from './contract.ts';
import { emailDeliveryHandler } from './handler.ts';

let last = 3_600;
const file = 'org_1/files/file_1/1';

/** E-mails that a client sent to some addresses, as a batch if there are several, and what delivers them. */
export async function acceptedEmails({ store }: TestStore, to: readonly string[], more: Partial<Email> = {}) {
  const organization = (last += 1);
  const id = to.length === 1 ? `eml_${organization}_0` : `ebatch_${organization}`;
  const sent: Parameters<Mailer['send']>[0][] = [];
  const objects = memoryObjects();
  const content = `org_${organization}/email/${id}/1`;
  await objects.put(
    { bucket: 'email', key: content },
    contentBytes({
      html: '<p>H</p>',
      text: 'H',
      attachments: [
        { filename: 'a.txt', type: 'text/plain', content: Buffer.from('inline').toString('base64') },
        { filename: 'b.txt', type: 'text/plain', key: file },
      ],
    }),
  );
  await objects.put({ bucket: 'files', key: file }, Buffer.from('stored'));
  const mailer: Mailer = {
    send: async (email) => ({ from: 'shop@acme.example', provider_message_id: `ses-${sent.push(email)}` }),
  };
  const dependencies = Object.assign(testDependencies(store), { mailer, objects, deadLetters: async () => undefined });
  dependencies.now = noon;
  const emails = to.map((address, at) => ({
    ...queuedEmail({
      id: `eml_${organization}_${at}`,
      to: [address],
      cc: [],
      bcc: [],
      template: 'invoice',
      template_version: 1,
      subject: 'S',
      text: null,
      created_at: noon.toISOString(),
      sent_by: 'usr_1',
      batch_id: to.length === 1 ? null : id,
      reference: null,
      sender: { address: 'shop@acme.example', name: 'Acme' },
      reply_to: 'help@acme.example',
      priority: 'low',
      tracking: { opens: true, clicks: false },
      content,
      files: ['file_1'],
    }),
    ...more,
  }));
  const batch = {
    id,
    sent_by: 'usr_1',
    reference: null,
    emails: emails.map((each) => each.id),
    announced: to.length === 1,
  };
  await commit(store, organization, [
    ...emails.map((each) => create(emailRow, each)),
    create(emailBatchRow, { ...batch, created_at: noon.toISOString() }),
    create(fileReferenceRow, { resource: 'file_1', type: 'email', id }),
  ]);
  const table = tableFor<'email' | 'reference' | 'email-suppression'>(store, organization);
  return {
    organization,
    sent,
    objects,
    content,
    ids: batch.emails,
    dependencies,
    /** Delivers messages. @returns how many come again */
    deliver: async (...bodies: readonly object[]) =>
      (await emailDeliveryHandler(dependencies)(batchOf(bodies))).batchItemFailures.length,
    messageOf: (email: string) => emailMessage({ org_id: organization, email_id: email }).body,
    email: async (at = 0) => (await table.get(emailRow, { id: batch.emails[at] ?? '' })) as Email,
    references: async () => (await table.query(fileReferenceRow, { resource: 'file_1' })).items.length,
    suppression: (address: string) => table.get(emailSuppressionRow, { address }),
    events: async () => (await eventsOf(store, organization)).map(({ type, entity }) => `${type} ${entity.id}`),
    /** A report of the provider about an e-mail. */
    report: (email: string, of: object) => ({
      mail: {
        timestamp: noon.toISOString(),
        messageId: 'ses-1',
        tags: { org_id: [String(organization)], email_id: [email] },
      },
      ...of,
    }),
  };
}
