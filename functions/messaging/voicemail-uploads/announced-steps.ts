import { measure } from '#objects/measure.ts';
import type { Objects } from '#objects/objects.ts';
import { audioCheck } from './audio.ts';

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
