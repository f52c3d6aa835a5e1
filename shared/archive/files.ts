import { canonicalJson } from '../schema/canonical-json.ts';
import type { ObjectStorage } from '../schema/object-storage.ts';
import { fileKey, type ArchivePart, type ArchiveState } from './archive.ts';
import { measureArchived, writeArchived, writeText, type ArchiveObjects } from './archive-objects.ts';
import { ArchiveDamaged, linesOf, putPart, type PartOptions } from './parts.ts';

/** A record with a file: a recording, a voicemail, an e-mail. */
export type FiledRecord = {
  /** Unique in the archive: the id of the record. */
  readonly name: string;
  readonly extension: 'wav' | 'mp3' | 'ogg' | 'eml';
  /** Undefined: it is gone. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Canonical JSON of the record, which is stored beside the file, too. */
  readonly record: string;
};

/** A file of a record, as the line of its record names it. */
type ListedFile = { readonly key: string; readonly bytes: number; readonly sha256: string };

const types = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  eml: 'message/rfc822',
  json: 'application/json',
} as const;

/** Stores the file of a record and the JSON beside it. @returns the line of the record */
async function fileRecord(
  objects: ArchiveObjects,
  state: ArchiveState,
  { name, extension, body, record }: FiledRecord,
  storage: ObjectStorage,
): Promise<string> {
  const objectOf = (of: keyof typeof types) => ({ key: fileKey(state, name, of), type: types[of], storage });
  const [file, beside] = [objectOf(extension), objectOf('json')];
  const listed = [
    ...(body === undefined ? [] : [{ key: file.key, ...(await writeArchived(objects, file, body)) }]),
    { key: beside.key, ...(await writeText(objects, beside, record)) },
  ].map(({ key, size, sha256 }): ListedFile => ({ key, bytes: size, sha256 }));
  return canonicalJson({ files: listed, record: JSON.parse(record) as unknown });
}

/**
 * Writes records with their files, and the next part, whose lines name each file with its hash. Otherwise as `putPart`.
 */
export function putFiles(
  objects: ArchiveObjects,
  state: ArchiveState,
  records: AsyncIterable<FiledRecord>,
  { range, storage }: PartOptions,
): Promise<ArchiveState> {
  const lines = (async function* () {
    for await (const each of records) yield await fileRecord(objects, state, each, storage);
  })();
  return putPart(objects, state, lines, { range, storage, files: true });
}

/** Reads the files of a part back. @throws ArchiveDamaged if one is missing or changed */
export async function assertFilesIntact(
  objects: Pick<ArchiveObjects, 'open'>,
  { key: part, files = false }: ArchivePart,
): Promise<void> {
  if (!files) return;
  for await (const line of linesOf(objects, part)) {
    // The assertion is safe: the part has the hash of its manifest.
    const { files: listed } = JSON.parse(line) as { readonly files: readonly ListedFile[] };
    for (const { key, sha256 } of listed) {
      const found = await measureArchived(objects, key);
      if (found?.sha256 !== sha256) throw new ArchiveDamaged(`${key} is missing or changed`);
    }
  }
}

/** The record of a line of a part: with files, the line names them, too. */
export function recordLine(line: string, { files = false }: Pick<ArchivePart, 'files'>): string {
  if (!files) return line;
  // The assertion is safe: the part has the hash of its manifest.
  const { record } = JSON.parse(line) as { readonly record: unknown };
  return canonicalJson(record);
}

/** The files of a record that a line of a part names. */
export function filesOfLine(line: string, { files = false }: Pick<ArchivePart, 'files'>): readonly ListedFile[] {
  if (!files) return [];
  // The assertion is safe: the part has the hash of its manifest.
  return (JSON.parse(line) as { readonly files: readonly ListedFile[] }).files;
}
