import { row } from '#dynamodb/row.ts';
import type { FileKind } from '#schema/file.ts';

type NameKey = { readonly kind: FileKind; readonly name: string };

/** `file-name#1001#greeting`: that a name is taken among the files of a kind. Names are in lower case. */
export const fileNameRow = row<'file-name', NameKey & { readonly owner: string }, NameKey, { readonly kind: FileKind }>(
  'file-name',
  { partition: ({ kind }) => [kind], sort: ({ name }) => name },
);

/** Files of an organization. */
export const maxFiles = 10_000;
