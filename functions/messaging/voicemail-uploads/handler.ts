import { createdKeys } from '#contract/uploads.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#queue/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { readObjectKey } from '#schema/object-key.ts';
import { newMessageDetails } from '#schema/voicemail.ts';
import { audioObject, markWrites } from '../rows/voicemail.ts';
import { dropArea } from '../rows/voicemail-drop.ts';
import { voicemailUploads, type VoicemailTask, type VoicemailUpload } from './contract.ts';
import { isAsAnnounced } from './announced-steps.ts';
import { checkRecording, deleteRecordings, discardRecording, uploadOf } from './recording-steps.ts';
import { deleteAfterDelivery, notify } from './notice-steps.ts';
import { deleteAbandoned } from './mailbox-steps.ts';
import { deleteExpired, retain } from './retention-steps.ts';
import { audioGoneWrites, deletionWrites, uploadStore } from './store.ts';

export type UploadContext = BackgroundContext<typeof voicemailUploads>;

/** Deletes a message that has no audio, and the bytes that are not its audio. */
async function discard(organization: number, id: string, context: UploadContext): Promise<void> {
  await context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const message = await store.get(id);
    if (message?.status !== 'pending') return [];
    const deletion = await store.deletionOf(message, context.clock());
    // What was never heard is no record that a hold could mean.
    return deletionWrites(message, { ...deletion, holds: { ...deletion.holds, active: [] } });
  });
  await deleteAudio(organization, id, context);
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
  const isGood = await isAsAnnounced(audioObject(organization, message.audio), message, context);
  if (isGood === true) await accept(organization, id, context);
  else if (isGood === false) await discard(organization, id, context);
}

/** Deletes the bytes of audio that no message has; the count goes last, so that a repetition deletes the bytes. */
async function deleteAudio(organization: number, audio: string, context: UploadContext): Promise<void> {
  const { transact, tableOf, objects } = context;
  const counted = await uploadStore(tableOf(organization)).audio(audio);
  if ((counted?.messages ?? 0) > 0) return;
  await objects.remove(audioObject(organization, audio));
  await transact(organization, async () => (counted === undefined ? [] : audioGoneWrites(audio)));
}

async function announce(organization: number, id: string, context: UploadContext): Promise<void> {
  await retain(organization, id, context);
  await notify(organization, id, context);
}

function work({ kind, org_id: organization, id, numbers }: VoicemailTask, context: UploadContext): Promise<void> {
  switch (kind) {
    case 'audio':
      return deleteAudio(organization, id, context);
    case 'deadline':
      return discard(organization, id, context);
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
