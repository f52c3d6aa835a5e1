import { setTimeout as pause } from 'node:timers/promises';
import {
  beginArchive,
  beginRevision,
  manifestKeys,
  manifestOf,
  noManifest,
  type ArchiveRange,
  type ArchiveState,
} from '#archive/archive.ts';
import { ArchiveConflict, measureArchived, type ArchiveObjects } from '#archive/archive-objects.ts';
import { ArchiveDamaged, ArchiveSealed, putPart } from '#archive/parts.ts';
import { assertArchiveIntact, sealArchive } from '#archive/seal.ts';
import type { Write } from '#dynamodb/write.ts';
import type { ObjectLock, ObjectStorage } from '#schema/object-storage.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { AppliedPolicy, ArchiveRevision, StoredArchive } from '#schema/stored-archive.ts';
import type { ArchiveSigner } from '#signing/archive-signer.ts';
import { archiveIdOf, bytesIn, charge, storageOf, type ArchiveSize } from './archive.ts';
import {
  chargeWrites,
  claimWrite,
  readArchive,
  readArchiving,
  readArchivingState,
  recordWrites,
  releaseWrite,
  reviseWrites,
  sealedWrite,
  type ArchiveTable,
} from './store.ts';

/**
 * Storing an archive, for all who do: write its parts; record it; write its manifest. The record decides: it has the
 * place in the chain, and all that the manifest is made of, so that no crash leaves a manifest outside of the chain, or
 * a place in the chain that stays empty (`archive-sealing`).
 */

/** Objects that are measured and not stored. */
const measuring: ArchiveObjects = {
  begin: async () => '',
  part: async () => '',
  finish: async () => true,
  abandon: async () => {},
  put: async () => true,
  open: async () => undefined,
};

/** What the parts and the manifest of an archive take. Its signature and the record are not counted. */
const sizeOf = (state: ArchiveState, files: ArchiveSize = nothing): ArchiveSize => ({
  bytes: sumOf(state.parts) + files.bytes + Buffer.byteLength(manifestOf(state, noManifest).text),
  objects: state.parts.length + files.objects + 2,
});
const nothing: ArchiveSize = { bytes: 0, objects: 0 };
const sumOf = (parts: readonly { readonly bytes: number }[]): number =>
  parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** Records to archive at once. */
export type Batch = {
  readonly class: RecordClass;
  /** A text that no other content has, such as a hash: two processes that write it write the same archive. */
  readonly content: string;
  /** Canonical JSON, one text for each record. */
  readonly lines: readonly string[];
  /** The range of their times. */
  readonly range: ArchiveRange;
};

const conflictPause = 50;
const maxAttempts = 5;

/** Repeats what another process does, too: both write the same bytes, and the second attempt finds them. */
async function againOnConflict<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ArchiveConflict) || attempt === maxAttempts) throw error;
      await pause(conflictPause * attempt);
    }
}

/**
 * Writes the parts of a small archive, once it is sure that the quota has room for them: locked ones cannot be
 * removed.
 * @returns the archive; undefined if another process has stored and sealed it
 * @throws AppError ARCHIVING_NOT_PROVISIONED, STORAGE_FULL
 */
export async function writeArchive(
  { objects, table }: { readonly objects: ArchiveObjects; readonly table: ArchiveTable },
  { class: of, content, lines, range }: Batch,
  { policy, now }: { readonly policy: AppliedPolicy; readonly now: Date },
): Promise<WrittenArchive | undefined> {
  const archiving = await readArchiving(table);
  const storage = storageOf(archiving, policy.retention_days, now);
  const begun = beginArchive({
    archive_id: archiveIdOf(content, policy, storage),
    org_id: table.organization,
    class: of,
    policy_id: policy.id,
    created_at: now.toISOString(),
  });
  charge(archiving, sizeOf(await putPart(measuring, begun, lines, { range, storage })), now);
  try {
    const state = await againOnConflict(() => putPart(objects, begun, lines, { range, storage }));
    await assertArchiveIntact(objects, state);
    return { state, class: of, policy, lock: storage.lock };
  } catch (error) {
    if (error instanceof ArchiveSealed) return undefined;
    throw error;
  }
}

/** An archive whose parts are written, read back and intact. */
export type WrittenArchive = {
  readonly state: ArchiveState;
  readonly class: RecordClass;
  readonly policy: AppliedPolicy | null;
  readonly lock: ObjectLock | null;
  /** What the files of its records take; absent: there are none. */
  readonly files?: ArchiveSize;
  /** What was charged while it was written; absent: nothing. */
  readonly charged?: ArchiveSize;
};

/**
 * Advances the chain to an archive, charges the quota and records it: writes of one transaction, which may be stale and
 * is then decided again. Commit it with the event `archiving.stored`, after which its manifest is written.
 * @param by id of who archives; null: a job of the platform
 * @throws AppError ARCHIVING_NOT_PROVISIONED, STORAGE_FULL
 */
export async function recordArchive(
  table: ArchiveTable,
  { state, class: of, policy, lock, files, charged }: WrittenArchive,
  { by, now }: { readonly by: string | null; readonly now: Date },
): Promise<{
  readonly archive: StoredArchive;
  readonly writes: readonly Write<'archive' | 'archivehead' | 'archiving'>[];
}> {
  const archiving = await readArchivingState(table);
  const previous = archiving.head?.manifest_sha256 ?? noManifest;
  const archive: StoredArchive = {
    id: state.archive_id,
    class: of,
    policy,
    range: state.range,
    records: state.records,
    parts: state.parts,
    ...sizeOf(state, files),
    previous_manifest_sha256: previous,
    manifest_sha256: manifestOf(state, previous).sha256,
    manifest_key: manifestKeys(state).manifest,
    lock,
    by,
    created_at: state.created_at,
    sealed_at: null,
  };
  return { archive, writes: recordWrites(archiving, archive, { charged, now }) };
}

/** The fields of the event `archiving.stored`: the entry of custody. */
export const custodyOf = ({
  records,
  class: of,
  policy,
  manifest_sha256,
  manifest_key,
  lock,
  range,
}: StoredArchive) => ({
  class: of,
  records,
  range,
  policy,
  manifest_key,
  manifest_sha256,
  locked_until: lock?.until ?? null,
  lock_mode: lock?.mode ?? null,
});

const stateOf = (
  { id, class: of, policy, range, records, parts, created_at, revision }: StoredArchive,
  organization: number,
): ArchiveState => ({
  archive_id: id,
  org_id: organization,
  class: of,
  policy_id: policy?.id ?? null,
  created_at,
  range,
  records,
  parts: parts.map((part) => ({ ...part })),
  ...(revision === undefined ? {} : revisedState(revision)),
});

const revisedState = ({ number, reason, created_at, replaces }: ArchiveRevision) => ({
  revision: number,
  reason,
  created_at,
  replaces: replaces.map((each) => ({ ...each })),
});

/** The later of two instants: clocks of processes differ, and no signature is older than its archive. */
const notBefore = (now: Date, created_at: string): Date => new Date(Math.max(now.getTime(), Date.parse(created_at)));

/**
 * Writes the manifest of a recorded archive. May be repeated, and by several processes at once.
 * @returns the write that records it
 */
export async function sealRecorded(
  objects: ArchiveObjects,
  archive: StoredArchive,
  { organization, signer, now }: { readonly organization: number; readonly signer: ArchiveSigner; readonly now: Date },
): Promise<Write<'archive'>> {
  const { lock, created_at, previous_manifest_sha256: previous } = archive;
  const sealing = { signer, lock, now: notBefore(now, created_at) };
  const { sha256 } = await againOnConflict(() =>
    sealArchive(objects, stateOf(archive, organization), previous, sealing),
  );
  if (sha256 !== archive.manifest_sha256) throw new Error(`the manifest of ${archive.id} is not the recorded one`);
  return sealedWrite(archive, sealing.now.toISOString());
}

/** What seals an archive in a transaction of its own. */
type Sealing = {
  readonly organization: number;
  readonly signer: ArchiveSigner;
  readonly context: {
    readonly objects: ArchiveObjects;
    readonly clock: () => Date;
    readonly transact: (organization: number, decide: () => Promise<readonly Write<'archive'>[]>) => Promise<void>;
  };
};

/** Writes the manifest of a recorded archive, and records that it is written. May be repeated. */
export async function sealStored(archive: StoredArchive, { organization, signer, context }: Sealing): Promise<void> {
  const { objects, clock, transact } = context;
  const write = await sealRecorded(objects, archive, { organization, signer, now: clock() });
  await transact(organization, async () => [write]);
}

/** The same, and reads the manifest back, before anything that it covers is deleted. @throws ArchiveDamaged */
export async function sealVerified(archive: StoredArchive, sealing: Sealing): Promise<void> {
  await sealStored(archive, sealing);
  const manifest = await measureArchived(sealing.context.objects, archive.manifest_key);
  if (manifest?.sha256 !== archive.manifest_sha256)
    throw new ArchiveDamaged(`${archive.manifest_key} does not have the hash of its record`);
}

/** The next revision of an archive, whose parts are then replaced one by one (`replacePart`). */
export const reviseArchive = (archive: StoredArchive, organization: number, reason: string, now: Date): ArchiveState =>
  beginRevision(manifestOf(stateOf(archive, organization), archive.previous_manifest_sha256).manifest, {
    reason,
    created_at: notBefore(now, archive.created_at).toISOString(),
  });

/**
 * Advances the chain to a revision and records it: writes of one transaction, as those of `recordArchive`.
 * @param removed what the files take of which the revision has no record
 */
export async function recordRevision(
  table: ArchiveTable,
  before: StoredArchive,
  { state, removed, now }: { readonly state: ArchiveState; readonly removed: ArchiveSize; readonly now: Date },
): Promise<{
  readonly archive: StoredArchive;
  readonly writes: readonly Write<'archive' | 'archivehead' | 'archiving'>[];
}> {
  const archiving = await readArchivingState(table);
  const previous = archiving.head?.manifest_sha256 ?? noManifest;
  const { sha256, text } = manifestOf(state, previous);
  const { revision: number = 1, reason = '', replaces = [], created_at } = state;
  const { rewritten_by: _, ...rest } = before;
  const archive: StoredArchive = {
    ...rest,
    range: state.range,
    records: state.records,
    parts: state.parts,
    previous_manifest_sha256: previous,
    manifest_sha256: sha256,
    manifest_key: manifestKeys(state).manifest,
    sealed_at: null,
    revision: { number, reason, created_at, replaces },
    bytes: before.bytes + sumOf(state.parts) - sumOf(before.parts) + Buffer.byteLength(text) - removed.bytes,
    objects: before.objects + 2 - removed.objects,
  };
  return { archive, writes: reviseWrites(archiving, before, archive, now) };
}

/** How the parts of an archive are stored from now on. @throws AppError ARCHIVING_NOT_PROVISIONED */
export async function storageFor(table: ArchiveTable, days: number, now: Date): Promise<ObjectStorage> {
  const archiving = await readArchiving(table);
  return storageOf(charge(archiving, { bytes: 0, objects: 0 }, now), days, now);
}

/** Bytes that an archive may still take. @throws AppError ARCHIVING_NOT_PROVISIONED */
export const roomLeft = async (table: ArchiveTable, now: Date): Promise<number> =>
  bytesIn(charge(await readArchiving(table), nothing, now));

/**
 * Charges what was written of an archive that is not recorded yet: of a failed one, too, as locked parts stay.
 * @throws AppError ARCHIVING_NOT_PROVISIONED, STORAGE_FULL
 */
export const chargeWritten = async (table: ArchiveTable, size: ArchiveSize, now: Date): Promise<Write<'archiving'>[]> =>
  chargeWrites(await readArchiving(table), size, now);

/** What some parts take, with the files of their records. */
export const writtenSize = (parts: readonly { readonly bytes: number }[], files: ArchiveSize): ArchiveSize => ({
  bytes: sumOf(parts) + files.bytes,
  objects: parts.length + files.objects,
});

/** How rewritten parts of an archive are stored: as the archive is now, without a lock. */
export const unlockedStorage = async (table: ArchiveTable): Promise<ObjectStorage> => ({
  lock: null,
  storageClass: (await readArchiving(table)).storage_class,
});

export { claimWrite, readArchive, releaseWrite };
