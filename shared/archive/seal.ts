import type { ObjectLock } from '../schema/object-storage.ts';
import type { ArchiveSigner } from '../signing/archive-signer.ts';
import { manifestKeys, manifestOf, type ArchiveManifest, type ArchiveState } from './archive.ts';
import { writeText, type ArchiveObjects } from './archive-objects.ts';
import { assertFilesIntact } from './files.ts';
import { assertIntact } from './parts.ts';

/** How an archive is sealed. @param now the instant of the signature */
export type SealOptions = { readonly signer: ArchiveSigner; readonly lock: ObjectLock | null; readonly now: Date };

/** A manifest and the SHA-256 (hexadecimal) of its file, which the next manifest of the organization names. */
export type SealedArchive = { readonly manifest: ArchiveManifest; readonly sha256: string };

/** Reads every part and file back and compares its hash. @throws ArchiveDamaged if one is missing or changed */
export async function assertArchiveIntact(objects: Pick<ArchiveObjects, 'open'>, state: ArchiveState): Promise<void> {
  for (const part of state.parts) {
    await assertIntact(objects, part);
    await assertFilesIntact(objects, part);
  }
}

/**
 * Reads every part back, then writes the signature and, last of all, the manifest. May be repeated, also by several
 * processes: the same state and predecessor give the same manifest.
 * @param previous the hash of the manifest before, as the chain has it
 * @throws ArchiveDamaged if a part is missing or changed; then nothing is written
 */
export async function sealArchive(
  objects: ArchiveObjects,
  state: ArchiveState,
  previous: string,
  { signer, lock, now }: SealOptions,
): Promise<SealedArchive> {
  await assertArchiveIntact(objects, state);
  const { manifest, text, sha256 } = manifestOf(state, previous);
  const keys = manifestKeys(state);
  const storage = { lock, storageClass: 'STANDARD' } as const;
  await writeText(objects, { key: keys.signature, type: 'application/jose', storage }, await signer(text, now));
  await writeText(objects, { key: keys.manifest, type: 'application/json', storage }, text);
  return { manifest, sha256 };
}
