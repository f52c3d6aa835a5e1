import { measure } from '#objects/measure.ts';
import type { OpenedObject } from '#objects/objects.ts';
import { hasAnnouncedSize, type File, type FileUpload } from '#schema/file.ts';
import { checkOf, type Inspected } from './upload.ts';

/** Reads an upload in pieces, at most once and no further than is needed to reject it. */
export async function inspect(opened: OpenedObject, file: Pick<File, 'kind'>, upload: FileUpload): Promise<Inspected> {
  const { add, end, text } = checkOf(file, upload);
  const measured = await measure(opened, (piece) => hasAnnouncedSize(upload, opened.size) && add(piece));
  return measured === undefined
    ? { size: opened.size, sha256: '', content: false, text: '' }
    : { ...measured, content: end(), text: text() };
}
