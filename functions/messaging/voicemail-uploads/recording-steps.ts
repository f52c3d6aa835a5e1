import { soundOfDrop } from '#schema/message-sound.ts';
import { replace, type Write } from '#dynamodb/write.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { acceptUpload, deletedDetails, rejectUpload, updatedDetails, type Drop } from '#schema/voicemail-drop.ts';
import { measure } from '#objects/measure.ts';
import type { Objects } from '#objects/objects.ts';
import { messageSound } from '#schema/sound.ts';
import { deleteDropWrites, dropObject, dropRow, unreferWrites } from '#dynamodb/rows/voicemail-drop.ts';
import type { voicemailUploads } from './contract.ts';
import { uploadStore } from './store.ts';
import { audioCheck } from './message.ts';
import { storeSoundOf } from './phone-steps.ts';

/** What an upload was announced to be. */
type Announced = { readonly content_type: string; readonly size: number };

/** Whether the bytes of an upload are what was announced; undefined if there are none. */
export async function isAsAnnounced(
  place: { readonly bucket: 'voicemail'; readonly key: string },
  { content_type: type, size }: Announced,
  { objects }: { readonly objects: Pick<Objects<'voicemail'>, 'open'> },
): Promise<boolean | undefined> {
  const opened = await objects.open(place);
  if (opened === undefined) return undefined;
  if (opened.size !== size) return false;
  const content = audioCheck(type);
  const measured = await measure(opened, content.add);
  return measured?.size === size && content.end();
}

/** The uploads of voicemail drops. */

type UploadContext = BackgroundContext<typeof voicemailUploads>;

/** An upload of a drop. `version`: its number. */
type Upload = { readonly organization: number; readonly id: string; readonly version: number };

/** The upload that a due pointer names: `vmd_…/2`. */
export function uploadOf(organization: number, subject: string): Upload {
  const [id = '', number] = subject.split('/');
  return { organization, id, version: Number(number) };
}

const isAwaited = (
  drop: Drop | undefined,
  { version }: Upload,
): drop is Drop & { readonly upload: NonNullable<Drop['upload']> } => drop?.upload?.number === version;

/** Changes the drop, unless the upload is no longer the one that it waits for. */
const change = (
  upload: Upload,
  { transact, tableOf }: UploadContext,
  writesOf: (drop: Drop) => readonly Write<WriteNames>[],
): Promise<void> =>
  transact(upload.organization, async () => {
    const drop = await uploadStore(tableOf(upload.organization)).drop(upload.id);
    return isAwaited(drop, upload) ? writesOf(drop) : [];
  });

type WriteNames =
  | 'voicemaildrop'
  | 'voicemaildrop-name'
  | 'count'
  | 'reference'
  | 'event:voicemaildrop.updated'
  | 'event:voicemaildrop.deleted';

/** Gives up an upload that did not come, or has other bytes. The event deletes its bytes. */
export const discardRecording = (upload: Upload, context: UploadContext): Promise<void> =>
  change(upload, context, (drop) => {
    const record = context.recorderOf(upload.organization);
    const after = rejectUpload(drop);
    return after === null
      ? [...deleteDropWrites(drop), record('voicemaildrop.deleted', deletedDetails(drop))]
      : [replace(dropRow, after, drop), record('voicemaildrop.updated', updatedDetails(drop, after))];
  });

const acceptRecording = (upload: Upload, isSound: boolean, context: UploadContext): Promise<void> =>
  change(upload, context, (drop) => {
    const after = acceptUpload(drop, isSound, context.clock().toISOString());
    const record = context.recorderOf(upload.organization);
    return [
      replace(dropRow, after, drop),
      ...unreferWrites(drop),
      record('voicemaildrop.updated', updatedDetails(drop, after)),
    ];
  });

/** Checks the bytes that were uploaded for a drop. */
export async function checkRecording(upload: Upload, context: UploadContext): Promise<void> {
  const { organization, id, version } = upload;
  const drop = await uploadStore(context.tableOf(organization)).drop(id);
  const place = dropObject(organization, id, version);
  if (drop?.content?.number === version) return;
  if (!isAwaited(drop, upload)) return context.objects.remove(place);
  const isGood = await isAsAnnounced(place, drop.upload, context);
  if (isGood === true) {
    const audio = { place, type: drop.upload.content_type };
    const milliseconds = await storeSoundOf(audio, soundOfDrop(organization, id, version), context);
    await acceptRecording(upload, milliseconds !== undefined, context);
  } else if (isGood === false) await discardRecording(upload, context);
}

/** Deletes recordings that a drop no longer has. May be repeated. */
export async function deleteRecordings(
  organization: number,
  { id, numbers }: { readonly id: string; readonly numbers: readonly number[] },
  { objects }: UploadContext,
): Promise<void> {
  for (const number of numbers) {
    await objects.remove(dropObject(organization, id, number));
    await objects.remove(messageSound(soundOfDrop(organization, id, number)));
  }
}
