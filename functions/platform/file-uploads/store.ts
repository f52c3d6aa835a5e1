import type { EffectOf } from '#contract/resource.ts';
import type { ReadName } from '#contract/effects.ts';
import { countFileBytes, fileRow, fileTextRow, schedulePurges, type FileItem } from '#dynamodb/rows/file.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite, replace } from '#dynamodb/write.ts';
import { purgesAfter } from '#schema/file.ts';
import type { fileUploads } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof fileUploads>>>;

export const uploadStore = (table: Reads) => ({
  get: (id: string) => table.get(fileRow, { id }),
  all: () => readToEnd((after) => table.query(fileRow, {}, after)),
});

type Settled = {
  readonly before: FileItem;
  readonly after: FileItem;
  /** The content of a template. */
  readonly text: string;
  readonly now: Date;
};

/** Saves a file with its keys of now. */
export const indexWrites = (file: FileItem) => [replace(fileRow, { ...file, version: file.version + 1 }, file)];

/** Saves a file whose upload was accepted or rejected. */
export const settleWrites = (organization: number, { before, after, text, now }: Settled) => [
  replace(fileRow, after, before),
  ...(after.kind === 'provisioning_template' && after.upload === null
    ? [overwrite(fileTextRow, { id: after.id, content_type: after.content?.content_type ?? '', text })]
    : []),
  ...countFileBytes(before, after),
  ...schedulePurges(organization, after.id, purgesAfter(before, after, now)),
];
