import { soundOfMessage } from '#schema/message-sound.ts';
import { createdKeys } from '#contract/uploads.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { readObjectKey } from '#schema/object-key.ts';
import { messageSound } from '#schema/sound.ts';
import { audioObject, deletedMessageDetails, newMessageDetails } from '#schema/voicemail.ts';
import { queuedDetails } from '#schema/email.ts';
import { isByPhone } from '../rows/phone-message.ts';
import { markWrites } from '../rows/voicemail.ts';
import { dropArea } from '#dynamodb/rows/voicemail-drop.ts';
import { voicemailUploads, type VoicemailTask, type VoicemailUpload } from './contract.ts';
import { checkRecording, deleteRecordings, discardRecording, isAsAnnounced, uploadOf } from './recording-steps.ts';
import { settlePhoneMessage, storeSound, takePhoneRecording } from './phone-steps.ts';
import { deleteExpired, retain } from './retention-steps.ts';
import { audioGoneWrites, deletionWrites, noticeWrite, uploadStore } from './store.ts';
import { isDeletedAfter, messageOf, noticeOf, voicemailNotice } from './message.ts';

type NoticeContext = BackgroundContext<typeof voicemailUploads>;

/** Queues the e-mail about a new message, if its mailbox wants one and it has none yet. */
export const notify = (organization: number, id: string, context: NoticeContext): Promise<void> =>
  context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const [message, sent] = await Promise.all([store.get(id), store.email(noticeOf(id))]);
    if (message === undefined || message.status === 'pending' || sent !== undefined) return [];
    const preferences = await store.preferences(message.mailbox);
    const to = preferences?.notify_email ?? null;
    if (preferences === undefined || to === null) return [];
    const email = voicemailNotice(message, {
      to,
      timezone: preferences.timezone ?? (await store.timezone()),
      audio: preferences.attach_audio ? audioObject(organization, message.audio).key : null,
      now: context.clock().toISOString(),
    });
    return [noticeWrite(email), context.recorderOf(organization)('email.queued', queuedDetails(email))];
  });

/** Deletes the message of a notice that was delivered, if its mailbox wants that. */
export const deleteAfterDelivery = (organization: number, notice: string, context: NoticeContext): Promise<void> =>
  context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const [email, message] = await Promise.all([store.email(notice), store.get(messageOf(notice))]);
    if (email === undefined || message === undefined) return [];
    const preferences = await store.preferences(message.mailbox);
    if (preferences === undefined || !isDeletedAfter(email, message, preferences)) return [];
    const details = deletedMessageDetails(message, ' after its e-mail was delivered');
    const deletion = await store.deletionOf(message, context.clock());
    return [...deletionWrites(message, deletion), context.recorderOf(organization)('voicemail.deleted', details)];
  });

/**
 * Deletes the mailbox of a user that was deleted 30 days ago, unless another user has it now, or its preferences named
 * the user and name no one now: then it is a shared one. Messages, preferences and routes follow the event.
 * @param id the mailbox, or `<mailbox>/<user>` if its preferences named the user
 */
export const deleteAbandoned = (
  organization: number,
  id: string,
  { transact, tableOf, recorderOf }: BackgroundContext<typeof voicemailUploads>,
): Promise<void> =>
  transact(organization, async () => {
    const store = uploadStore(tableOf(organization));
    const [mailbox = '', named] = id.split('/');
    const read = await store.mailbox(mailbox);
    if (named !== undefined && read?.preferences?.user_id !== named) return [];
    const owner = read?.user_id ?? null;
    if (owner !== null && (await store.user(owner)) !== undefined) return [];
    const description = `Mailbox ${mailbox} deleted 30 days after its user`;
    const details = { entity: { type: 'mailbox', id: mailbox }, description, persons: [owner] };
    return [recorderOf(organization)('mailbox.deleted', details)];
  });

export type UploadContext = BackgroundContext<typeof voicemailUploads>;

/** Deletes a message that has no audio, and the bytes that are not its audio. One that has it stays. */
async function discard(organization: number, id: string, context: UploadContext): Promise<void> {
  await context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const message = await store.get(id);
    if (message?.status !== 'pending') return [];
    const deletion = await store.deletionOf(message, context.clock());
    // What was never heard is no record that a hold could mean.
    return deletionWrites(message, { ...deletion, holds: { ...deletion.holds, active: [] } });
  });
  await deleteAudio(organization, id, context, 'erase');
}

async function accept(
  organization: number,
  id: string,
  { transact, tableOf, recorderOf }: UploadContext,
): Promise<void> {
  await transact(organization, async () => {
    const before = await uploadStore(tableOf(organization)).get(id);
    if (before?.status !== 'pending') return [];
    const after = { ...before, status: 'new' as const, version: before.version + 1 };
    return [...markWrites(before, after), recorderOf(organization)('voicemail.new', newMessageDetails(after))];
  });
}

/** An upload under a key. Keys come from S3, for objects that links of ours created. */
async function check(key: string, context: UploadContext): Promise<void> {
  const object = readObjectKey(key);
  if (object?.area === dropArea) return checkRecording(object, context);
  if (object?.area !== 'voicemail') return;
  const { organization, id } = object;
  const message = await uploadStore(context.tableOf(organization)).get(id);
  if (message === undefined) return deleteAudio(organization, id, context);
  if (message.status !== 'pending') return;
  if (isByPhone(message)) {
    if (!(await takePhoneRecording({ organization, id }, context))) await deleteAudio(organization, id, context);
    return;
  }
  const isGood = await isAsAnnounced(audioObject(organization, message.audio), message, context);
  if (isGood === true) {
    await storeSound({ organization, id: message.audio, type: message.content_type }, context);
    await accept(organization, id, context);
  } else if (isGood === false) await discard(organization, id, context);
}

/**
 * Deletes the bytes of audio that no message has; the count goes last, so that a repetition deletes the bytes.
 * @param how `erase`: with all their versions
 */
async function deleteAudio(
  organization: number,
  audio: string,
  context: UploadContext,
  how: 'remove' | 'erase' = 'remove',
): Promise<void> {
  const { transact, tableOf, objects } = context;
  const counted = await uploadStore(tableOf(organization)).audio(audio);
  if ((counted?.messages ?? 0) > 0) return;
  await objects[how](audioObject(organization, audio));
  await objects[how](messageSound(soundOfMessage(organization, audio)));
  await transact(organization, async () => (counted === undefined ? [] : audioGoneWrites(audio)));
}

/** The time of an upload is over. A message by phone that has its recording is kept. */
async function endWaiting(organization: number, id: string, context: UploadContext): Promise<void> {
  await settlePhoneMessage({ organization, id }, context);
  await discard(organization, id, context);
}

async function announce(organization: number, id: string, context: UploadContext): Promise<void> {
  await retain(organization, id, context);
  await notify(organization, id, context);
}

function work({ kind, org_id: organization, id, numbers }: VoicemailTask, context: UploadContext): Promise<void> {
  switch (kind) {
    case 'audio':
      return deleteAudio(organization, id, context);
    case 'erasure':
      return deleteAudio(organization, id, context, 'erase');
    case 'deadline':
      return endWaiting(organization, id, context);
    case 'review':
      return settlePhoneMessage({ organization, id }, context);
    case 'drop-deadline':
      return discardRecording(uploadOf(organization, id), context);
    case 'recordings':
      return deleteRecordings(organization, { id, numbers }, context);
    case 'notice':
      return announce(organization, id, context);
    case 'retention':
      return retain(organization, id, context);
    case 'abandoned':
      return deleteAbandoned(organization, id, context);
    case 'expiry':
      return deleteExpired(organization, id, context);
    case 'delivered':
      return deleteAfterDelivery(organization, id, context);
  }
}

async function handle({ message }: Delivery<VoicemailUpload>, context: UploadContext): Promise<void> {
  if ('kind' in message) return work(message, context);
  for (const key of createdKeys(message)) await check(key, context);
}

export const voicemailUploadsHandler = (
  dependencies = { ...consumerDependencies(), objects: objectsFromEnvironment() },
) => consume(voicemailUploads, settleEach(handle), dependencies);

export const handler = voicemailUploadsHandler();
