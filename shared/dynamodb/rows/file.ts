import { AppError } from '../../errors.ts';
import {
  countedSize,
  isCallRecording,
  purgesAfter,
  recordingFacts,
  type File,
  type FileContent,
  type FileReference,
  type Purge,
} from '../../schema/file.ts';
import { objectKey } from '../../schema/object-key.ts';
import { row } from '../row.ts';
import type { Table } from '../table.ts';
import { change, overwrite, remove, type Write } from '../write.ts';
import { countRow } from './count.ts';
import { scheduleDue } from './due.ts';
import { hideRecord, keeps, type Holds } from './legal-hold.ts';

export type FileItem = File;

/** The GSI1 partition of the recordings of calls, after the entity. */
export const recordingsOf = (organization: number): readonly string[] => [String(organization), 'recordings'];

/** `file#1001`, newest first by id; GSI1: the recordings of calls, by time. */
export const fileRow = row<'file', FileItem, { id: string }>('file', {
  // Recordings of calls are files.
  records: 'recordings',
  unsharded: 'an organization makes at most some hundred recordings a second',
  sort: ({ id }) => id,
  index1: (file, organization) =>
    isCallRecording(file) ? { partition: recordingsOf(organization), sort: file.created_at } : undefined,
});

type FileTextItem = { readonly id: string; readonly content_type: string; readonly text: string };

/** `file-text#1001`: the content of a provisioning template, so that a phone's file needs no object. */
export const fileTextRow = row<'file-text', FileTextItem, { id: string }>('file-text', { sort: ({ id }) => id });

/** The place of a file's bytes. @param number of the upload */
export const fileObject = (organization: number, id: string, number: number) =>
  ({ bucket: 'files', key: objectKey({ organization, area: 'files', id, version: number }) }) as const;

/** A file with content. */
export type ReadyFile = FileItem & { readonly content: FileContent };

/** The file, if it has content. */
export async function readReadyFile(table: Pick<Table<'file'>, 'get'>, id: string): Promise<ReadyFile | undefined> {
  const file = await table.get(fileRow, { id });
  return file?.content == null ? undefined : { ...file, content: file.content };
}

/** The file as it was read, and without references made since. */
export const asUnreferenced = ({ version, reference_epoch: epoch }: FileItem) => ({
  expression: `#version = :version AND ${epoch === undefined ? 'attribute_not_exists(#epoch)' : '#epoch = :epoch'}`,
  names: { '#version': 'version', '#epoch': 'reference_epoch' },
  values: { ':version': version, ...(epoch === undefined ? {} : { ':epoch': epoch }) },
});

type ReferenceKey = FileReference & { readonly resource: string };

/** `reference#1001#file_…`: what refers to a file. */
export const fileReferenceRow = row<'reference', ReferenceKey, ReferenceKey, { readonly resource: string }>(
  'reference',
  { partition: ({ resource }) => [resource], sort: ({ type, id }) => `${type}/${id}` },
);

/**
 * The writes of a reference to a file, for the transaction of the resource that refers to it. Stale if the file was
 * deleted, or is deleted at the same time. May be repeated.
 * @param file as read; the caller has checked its kind
 */
export const referenceWrites = (
  { id }: Pick<FileItem, 'id'>,
  reference: FileReference,
): Write<'file' | 'reference'>[] => [
  overwrite(fileReferenceRow, { ...reference, resource: id }),
  change(
    fileRow,
    { id },
    {
      add: { reference_epoch: 1 },
      onlyIf: {
        expression: 'attribute_exists(PK) AND attribute_type(#content, :map)',
        names: { '#content': 'content' },
        values: { ':map': 'M' },
      },
    },
  ),
];

/** The write that ends a reference, whether or not the file still exists. May be repeated. */
export const unreferenceWrites = (file: string, reference: FileReference): Write<'reference'>[] => [
  remove(fileReferenceRow, { ...reference, resource: file }),
];

/**
 * The writes of a resource whose files change.
 * @param before ids of the files that it referred to; @param after the files that it refers to, as read
 */
export function referenceChangeWrites(
  reference: FileReference,
  before: readonly string[],
  after: readonly Pick<FileItem, 'id'>[],
): Write<'file' | 'reference'>[] {
  const kept = new Set(after.map(({ id }) => id));
  const known = new Set(before);
  return [
    ...[...known].filter((id) => !kept.has(id)).flatMap((id) => unreferenceWrites(id, reference)),
    ...[...kept].filter((id) => !known.has(id)).flatMap((id) => referenceWrites({ id }, reference)),
  ];
}

/** Bytes of all files of an organization. */
const maxTotalSize = 20 * 1024 ** 3;

/**
 * Counts the bytes of a file for the limit of its organization; fails the transaction with 422 `LIMIT_EXCEEDED` at it.
 * @param before undefined for a new file; @param after undefined if it is deleted
 */
export function countFileBytes(before: FileItem | undefined, after: FileItem | undefined): Write<'count'>[] {
  const bytes = (after === undefined ? 0 : countedSize(after)) - (before === undefined ? 0 : countedSize(before));
  if (bytes === 0) return [];
  const of = after ?? before;
  // The files of an organization reject none of its calls.
  if (of !== undefined && isCallRecording(of))
    return [change(countRow, { of: 'recording_bytes' }, { add: { value: bytes } })];
  const limit = {
    onlyIf: {
      expression: 'attribute_not_exists(#value) OR #value <= :most',
      names: { '#value': 'value' },
      values: { ':most': maxTotalSize - bytes },
    },
    conflict: new AppError('LIMIT_EXCEEDED', 'The organization has reached its limit of 20 GB of files'),
  };
  return [change(countRow, { of: 'file_bytes' }, { add: { value: bytes }, ...(bytes > 0 ? limit : {}) })];
}

/** What the pointer to bytes that are deleted later names. */
const purgeForm = /^(file_[^/]+)\/([1-9][0-9]*)(?:\/([0-9a-f]{64}))?$/;

/**
 * Schedules the deletion of bytes that a file no longer has.
 * @param forever whether all their versions go; else the bytes stay for as long as old versions do
 */
export const schedulePurges = (
  organization: number,
  id: string,
  purges: readonly Purge[],
  forever = false,
): Write<'due'>[] =>
  purges.map(({ number, at, sound }) =>
    scheduleDue({
      kind: forever ? 'file.erasure' : 'file.purge',
      at: at.toISOString(),
      org_id: organization,
      subject: [id, number, ...(sound === undefined ? [] : [sound])].join('/'),
    }),
  );

/**
 * What becomes of the bytes of a file that is removed: they are deleted in their time, unless a hold keeps them.
 * @param how `forever`: as `schedulePurges`
 */
export function endOfBytes(
  organization: number,
  file: FileItem,
  holds: Holds,
  { now, forever = false }: { readonly now: Date; readonly forever?: boolean },
): Write<'due' | 'held'>[] {
  const facts = recordingFacts(file);
  return isCallRecording(file) && keeps(holds, facts)
    ? [hideRecord('recordings', { id: file.id, facts, record: file }, now)]
    : schedulePurges(organization, file.id, purgesAfter(file, undefined, now), forever);
}

/** The bytes that such a pointer names. `sound`: hash of the sound that was made of them. */
export function readPurge(
  subject: string,
): { readonly id: string; readonly number: number; readonly sound: string | undefined } | undefined {
  const [, id, number, sound] = purgeForm.exec(subject) ?? [];
  return id === undefined ? undefined : { id, number: Number(number), sound };
}

/** A file and its content, if that is stored as text: a template. */
export async function readFileWithText(table: Pick<Table<'file' | 'file-text'>, 'get'>, id: string) {
  const [file, content] = await Promise.all([table.get(fileRow, { id }), table.get(fileTextRow, { id })]);
  return { file, text: content?.text };
}
