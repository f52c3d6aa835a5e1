import { row } from '#dynamodb/row.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';

/** The newest manifest of an organization: the end of its chain of archives (shared/archive/README.md, "Chain"). */
export type ArchiveHead = {
  /** SHA-256 (hexadecimal) of the newest manifest. */
  readonly manifest_sha256: string;
  readonly archive_id: string;
  /** Number of manifests in the chain. */
  readonly length: number;
  /** ISO 8601. */
  readonly updated_at: string;
  readonly version: number;
};

/** `archivehead#1001`: one item. */
export const archiveHeadRow = row<'archivehead', ArchiveHead, object>('archivehead', {
  sort: () => 'archivehead',
  afterClosing: 'the archives of a closed organization stay verifiable until they expire',
});

/**
 * Advances the chain to a manifest, before it is written. Stale if another archive was stored in between: the manifest
 * then names that one, and has another hash. Commit it in one transaction with the record of the archive, from which
 * anyone can write the manifest, so that the chain has no gap after a crash.
 * @param before the head whose hash the manifest names; undefined for the first
 */
export function headWrites(
  before: ArchiveHead | undefined,
  manifest: { readonly archive_id: string; readonly sha256: string },
  now: Date,
): Write<'archivehead'>[] {
  const after: ArchiveHead = {
    manifest_sha256: manifest.sha256,
    archive_id: manifest.archive_id,
    length: (before?.length ?? 0) + 1,
    updated_at: now.toISOString(),
    version: (before?.version ?? 0) + 1,
  };
  return [before === undefined ? create(archiveHeadRow, after) : replace(archiveHeadRow, after, before)];
}
