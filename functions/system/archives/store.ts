import { archiveHeadRow, headWrites, type ArchiveHead } from './row.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, overwrite, replace, type Write } from '#dynamodb/write.ts';
import type { StoredArchive } from '#schema/stored-archive.ts';
import type { Archiving } from '../archiving-provisioning/provisioning.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { archivingOf, charge, resize, type ArchiveSize } from './archive.ts';

/** What the next archive follows. */
export type ArchivingState = { readonly head: ArchiveHead | undefined; readonly archiving: Archiving };

export type ArchiveTable = Table<'archive' | 'archivehead' | 'archiving'>;

export const readArchiving = async (table: Pick<Table<'archiving'>, 'get'>): Promise<Archiving> =>
  archivingOf(await table.get(archivingRow, {}));

export async function readArchivingState(table: Pick<ArchiveTable, 'get'>): Promise<ArchivingState> {
  const [head, archiving] = await Promise.all([table.get(archiveHeadRow, {}), readArchiving(table)]);
  return { head, archiving };
}

export const readArchive = (table: Pick<Table<'archive'>, 'get'>, id: string): Promise<StoredArchive | undefined> =>
  table.get(archiveRow, { id });

/**
 * Advances the chain, charges the quota and records the archive: one transaction. Stale if another archive was stored
 * in between, or the provisioning changed.
 * @throws AppError ARCHIVING_NOT_PROVISIONED, STORAGE_FULL
 */
export const recordWrites = (
  { head, archiving }: ArchivingState,
  archive: StoredArchive,
  { charged = { bytes: 0, objects: 0 }, now }: { readonly charged?: ArchiveSize | undefined; readonly now: Date },
): Write<'archive' | 'archivehead' | 'archiving'>[] => [
  ...chargeWrites(archiving, { bytes: archive.bytes - charged.bytes, objects: archive.objects - charged.objects }, now),
  ...headWrites(head, { archive_id: archive.id, sha256: archive.manifest_sha256 }, now),
  create(archiveRow, archive),
];

/** Charges an archive. Stale if another one was stored in between, or the provisioning changed. */
export const chargeWrites = (archiving: Archiving, size: ArchiveSize, now: Date): Write<'archiving'>[] => [
  replace(archivingRow, charge(archiving, size, now), archiving),
];

/**
 * Advances the chain to a revision of an archive: one transaction. Stale if another archive was stored in between, or
 * another erasure has claimed this one.
 */
export const reviseWrites = (
  { head, archiving }: ArchivingState,
  before: StoredArchive,
  after: StoredArchive,
  now: Date,
): Write<'archive' | 'archivehead' | 'archiving'>[] => [
  replace(
    archivingRow,
    resize(archiving, { bytes: after.bytes - before.bytes, objects: after.objects - before.objects }),
    archiving,
  ),
  ...headWrites(head, { archive_id: after.id, sha256: after.manifest_sha256 }, now),
  overwrite(archiveRow, after, {
    expression: '#manifest = :manifest AND #by = :by',
    names: { '#manifest': 'manifest_sha256', '#by': 'rewritten_by' },
    values: { ':manifest': before.manifest_sha256, ':by': before.rewritten_by },
  }),
];

/** Claims an archive for an erasure. Its condition fails if another one has it. May be repeated. */
export const claimWrite = ({ id }: Pick<StoredArchive, 'id'>, by: string): Write<'archive'> =>
  change(
    archiveRow,
    { id },
    {
      set: { rewritten_by: by },
      onlyIf: {
        expression: 'attribute_exists(PK) AND (attribute_not_exists(#by) OR #by = :by)',
        names: { '#by': 'rewritten_by' },
        values: { ':by': by },
      },
    },
  );

/** Ends the claim of an archive of which nothing is rewritten. */
export const releaseWrite = ({ id }: Pick<StoredArchive, 'id'>, by: string): Write<'archive'> =>
  change(
    archiveRow,
    { id },
    {
      clear: ['rewritten_by'],
      onlyIf: { expression: '#by = :by', names: { '#by': 'rewritten_by' }, values: { ':by': by } },
    },
  );

/** Its manifest is written. May be repeated. */
export const sealedWrite = ({ id }: StoredArchive, sealed_at: string): Write<'archive'> =>
  change(archiveRow, { id }, { set: { sealed_at }, onlyIf: { expression: 'attribute_exists(PK)' } });
