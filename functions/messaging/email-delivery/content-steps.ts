import { AppError } from '#errors.ts';
import { EmailRejected } from '#mail/mailer.ts';
import type { Attachment } from '#mail/mime.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { Email } from '#schema/email.ts';
import { contentOf, type StoredAttachment } from '../schema/email-content.ts';
import type { emailDelivery } from './contract.ts';
import { isFinished } from './delivery.ts';
import { noticeBody } from './notice-body.ts';
import { deliveryStore, releaseFileWrites } from './store.ts';

/** The content of e-mails that clients sent, in S3 until they are sent. */

type DeliveryContext = BackgroundContext<typeof emailDelivery>;
type Objects = DeliveryContext['objects'];

/** @throws EmailRejected if the object does not exist any more */
async function bytesOf(objects: Objects, place: Parameters<Objects['open']>[0]): Promise<Uint8Array> {
  const opened = await objects.open(place);
  if (opened === undefined) throw new EmailRejected('the content of the e-mail does not exist any more');
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function attachmentOf(objects: Objects, { filename, type, ...stored }: StoredAttachment): Promise<Attachment> {
  const content =
    'key' in stored
      ? await bytesOf(objects, { bucket: 'files', key: stored.key })
      : Buffer.from(stored.content, 'base64');
  return { filename, type, content };
}

/** The body of an e-mail of the platform. @throws EmailRejected if its template cannot be rendered with its values */
function noticeOf(email: Email) {
  try {
    return noticeBody(email);
  } catch (error) {
    if (error instanceof AppError) throw new EmailRejected(error.message, { cause: error });
    throw error;
  }
}

/** The audio of a notice. @throws EmailRejected if it does not exist any more */
async function recordingOf(objects: Objects, { recording }: Email): Promise<Attachment[]> {
  if (recording === undefined) return [];
  const { key, filename, type } = recording;
  return [{ filename, type, content: await bytesOf(objects, { bucket: 'voicemail', key }) }];
}

/** The body and the attachments of an e-mail. @throws EmailRejected if they do not exist any more */
export async function bodyOf(email: Email, objects: Objects) {
  const { text, html = null, content: key } = email;
  if (key === undefined) {
    const attachments = await recordingOf(objects, email);
    return { ...(noticeOf(email) ?? { text: text ?? '', html }), ...(attachments.length > 0 ? { attachments } : {}) };
  }
  const content = contentOf(await bytesOf(objects, { bucket: 'email', key }));
  const attachments = await Promise.all(content.attachments.map((each) => attachmentOf(objects, each)));
  return { text: content.text, html: content.html, attachments };
}

/** Deletes the content of an e-mail that is not sent again, once no other e-mail of its batch needs it. */
export async function removeContent(
  email: Email,
  { organization, context }: { readonly organization: number; readonly context: DeliveryContext },
): Promise<void> {
  const { content: key, batch_id: batchId } = email;
  if (key === undefined || batchId === undefined) return;
  const store = deliveryStore(context.tableOf(organization));
  const batch = batchId === null ? undefined : await store.batch(batchId);
  const emails = batch === undefined ? [email] : await store.emailsOf(batch);
  if (!emails.every(isFinished)) return;
  await context.objects.remove({ bucket: 'email', key });
  await context.transact(organization, async () => releaseFileWrites(email));
}
