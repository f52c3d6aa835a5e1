import type { EffectOf } from '#contract/resource.ts';
import type { ReadName } from '#contract/effects.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPages } from '#dynamodb/page.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import {
  asUnreferenced,
  countFileBytes,
  endOfBytes,
  fileReferenceRow,
  fileRow,
  fileTextRow,
  schedulePurges,
  type FileItem,
} from '#dynamodb/rows/file.ts';
import { whileHoldsStay, type Holds } from '#dynamodb/rows/legal-hold.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { remove, removeIf, type Write } from '#dynamodb/write.ts';
import { isCallRecording, uploadTimeout, type FileReference, type Purge } from '#schema/file.ts';
import type { files } from './contract.ts';
import { maxShownReferences, fileErrors } from './file.ts';
import { fileNameRow, maxFiles } from '../rows/file-name.ts';

type Reads = Table<ReadName<EffectOf<typeof files>>>;

/** A file is read together with the session. */
export const prefetch = prefetchByPathId(fileRow);

export const fileStore = (table: Reads) => ({
  get: (id: string) => table.get(fileRow, { id }),
  page: readPages((range) => table.query(fileRow, {}, range)),
  /** The first references to a file. Most files never have one, and are not asked for. */
  references: async ({ id, reference_epoch: epoch }: FileItem): Promise<readonly FileReference[]> =>
    epoch === undefined
      ? []
      : (await table.query(fileReferenceRow, { resource: id }, { limit: maxShownReferences, order: 'asc' })).items,
});

const names = uniqueValues(fileNameRow, {
  markerOf: ({ id, kind, name }: FileItem) => ({ kind, name: name.toLowerCase(), owner: id }),
  taken: fileErrors.FILE_NAME_EXISTS,
  message: ({ kind, name }) => `A file of kind ${kind} named ${name} exists`,
});

/** Rejects the upload if it does not come. */
const awaitUpload = (organization: number, { id }: FileItem, now: Date): Write<'due'> =>
  scheduleDue({
    kind: 'file.upload',
    at: new Date(now.getTime() + uploadTimeout).toISOString(),
    org_id: organization,
    subject: id,
  });

const ownWrites = composeWrites(itemWrites(fileRow), names.writes, countWrites('files', maxFiles));

export const createWrites = (organization: number, file: FileItem, now: Date) => [
  ...ownWrites(undefined, file),
  ...countFileBytes(undefined, file),
  awaitUpload(organization, file, now),
];

export const replaceWrites = (
  organization: number,
  { before, after, purges, now }: { before: FileItem; after: FileItem; purges: readonly Purge[]; now: Date },
) => [
  ...ownWrites(before, after),
  ...countFileBytes(before, after),
  awaitUpload(organization, after, now),
  ...schedulePurges(organization, after.id, purges),
];

/** Deletes a file. A recording that a hold keeps is kept unseen, with its bytes. */
export const deleteWrites = (organization: number, file: FileItem, holds: Holds, now: Date) => [
  removeIf(fileRow, { id: file.id }, asUnreferenced(file)),
  whileHoldsStay(holds),
  ...(file.kind === 'provisioning_template' ? [remove(fileTextRow, file)] : []),
  ...(isCallRecording(file) ? [] : [names.release(file), decrementCount('files')]),
  ...countFileBytes(file, undefined),
  ...endOfBytes(organization, file, holds, { now }),
];
