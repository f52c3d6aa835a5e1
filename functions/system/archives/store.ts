import { archiveHeadRow, headWrites, type ArchiveHead } from '../../../shared/dynamodb/rows/archive-head.ts';
import { archiveRow } from '../../../shared/dynamodb/rows/archive.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, replace, type Write } from '../../../shared/dynamodb/write.ts';
import type { StoredArchive } from '../../../shared/schema/stored-archive.ts';
import type { Archiving } from '../archiving-provisioning/provisioning.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { archivingOf, charge } from './archive.ts';

/** What the next archive follows. */
export type Chain = { readonly head: ArchiveHead | undefined; readonly archiving: Archiving };

export type ArchiveTable = Table<'archive' | 'archivehead' | 'archiving'>;

export const readArchiving = async (table: Pick<Table<'archiving'>, 'get'>): Promise<Archiving> =>
  archivingOf(await table.get(archivingRow, {}));

export async function chainOf(table: Pick<ArchiveTable, 'get'>): Promise<Chain> {
  const [head, archiving] = await Promise.all([table.get(archiveHeadRow, {}), readArchiving(table)]);
  return { head, archiving };
}

export const archiveOf = (table: Pick<Table<'archive'>, 'get'>, id: string): Promise<StoredArchive | undefined> =>
  table.get(archiveRow, { id });

/**
 * Advances the chain, charges the quota and records the archive: one transaction. Stale if another archive was stored
 * in between, or the provisioning changed.
 * @throws AppError ARCHIVING_NOT_PROVISIONED, STORAGE_FULL
 */
export const recordWrites = (
  { head, archiving }: Chain,
  archive: StoredArchive,
  now: Date,
): Write<'archive' | 'archivehead' | 'archiving'>[] => [
  replace(archivingRow, charge(archiving, archive, now), archiving),
  ...headWrites(head, { archive_id: archive.id, sha256: archive.manifest_sha256 }, now),
  create(archiveRow, archive),
];

/** Its manifest is written. May be repeated. */
export const sealedWrite = ({ id }: StoredArchive, sealed_at: string): Write<'archive'> =>
  change(archiveRow, { id }, { set: { sealed_at }, onlyIf: { expression: 'attribute_exists(PK)' } });
