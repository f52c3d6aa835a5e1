import { change, remove } from '#dynamodb/write.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { fileObject, fileRow, recordingsOf, schedulePurges, type FileItem } from '#dynamodb/rows/file.ts';
import { countedSize, purgesAfter, recordingFacts } from '#schema/file.ts';
import { extensionOf, oldest, recordSource, type KeptRecord } from './source.ts';

function audioOf({ id, content }: FileItem, organization: number): Pick<KeptRecord, 'file'> {
  if (content === null) return {};
  return { file: { ...fileObject(organization, id, content.number), extension: extensionOf(content.content_type) } };
}

/** Recordings of calls. */
export const recordings = recordSource<FileItem>({
  atOnce: 30,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.queryIndex(fileRow, 'GSI1', recordingsOf(table.organization), {
      ...oldest(range),
      between: [range.from ?? '0', range.before],
    });
    return { items, cursor };
  },
  byIds: (table, ids) =>
    table.getAll(
      fileRow,
      ids.map((id) => ({ id })),
    ),
  describe: async (files, { organization }) =>
    files.map((file) => ({
      id: file.id,
      facts: recordingFacts(file),
      record: file,
      fileBytes: file.content?.size ?? 0,
      ...audioOf(file, organization),
      isFinished: file.upload === null || file.upload.state === 'rejected',
    })),
  deletions: (files, { organization, now, record, why, forever }) => {
    const bytes = files.reduce((sum, file) => sum + countedSize(file), 0);
    return [
      ...files.map((file) => remove(fileRow, file, file)),
      ...files.map(({ id, name }) =>
        record('file.deleted', { entity: { type: 'file', id }, description: `Recording ${name} deleted${why}` }),
      ),
      ...files.flatMap((file) => schedulePurges(organization, file.id, purgesAfter(file, undefined, now), forever)),
      ...(bytes === 0 ? [] : [change(countRow, { of: 'recording_bytes' }, { add: { value: -bytes } })]),
    ];
  },
});
