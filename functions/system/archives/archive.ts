import { createHash } from 'node:crypto';
import { AppError } from '#errors.ts';
import { canonicalJson } from '#schema/canonical-json.ts';
import type { ObjectLock, ObjectStorage } from '#schema/object-storage.ts';
import type { AppliedPolicy } from '#schema/stored-archive.ts';
import { day } from '#schema/time.ts';
import { bytesLeft, notProvisioned, type Archiving } from '../archiving-provisioning/provisioning.ts';
import { systemErrors } from '../schema/errors.ts';

/** What an organization may archive, and how it is locked (functions/system/archives/README.md). */

/** The archive of an organization, of which there may be no item. */
export const archivingOf = (stored: Archiving | undefined): Archiving => stored ?? notProvisioned;

/** Days of a year in limits of locks. */
const yearDays = 365.25;

/** The end of the day (UTC) of an instant: Unix milliseconds. */
const endOfDay = (at: Date): number => (Math.floor(at.getTime() / day) + 1) * day;

/**
 * Until when an archive is locked: until the retention of its records ends. In compliance mode, which no one can take
 * back, no longer than the seller consents to. Counted from the end of the day, so that attempts of a day at the same
 * archive lock it equally.
 * @param days for which the records are kept
 */
export function lockOf(
  { object_lock: mode, max_compliance_years: years }: Pick<Archiving, 'object_lock' | 'max_compliance_years'>,
  days: number,
  now: Date,
): ObjectLock | null {
  if (mode === false) return null;
  const locked = mode === 'compliance' ? Math.min(days, years * yearDays) : days;
  return locked <= 0 ? null : { mode, until: new Date(endOfDay(now) + locked * day).toISOString() };
}

/** How the parts of an archive are stored. */
export const storageOf = (archiving: Archiving, days: number, now: Date): ObjectStorage => ({
  lock: lockOf(archiving, days, now),
  storageClass: archiving.storage_class,
});

/**
 * The id of an archive names its content, its policy and how it is stored: attempts at the same archive write the same
 * objects, with the same lock, and any other one writes others.
 * @param content a text that no other content has, such as a hash
 */
export const archiveIdOf = (content: string, { id }: AppliedPolicy, storage: ObjectStorage): string =>
  `arch_${createHash('sha256')
    .update(canonicalJson([content, id, storage]))
    .digest('hex')
    .slice(0, 32)}`;

/** The archive of an organization whose size changes by a revision, which no quota rejects. */
export const resize = (archiving: Archiving, { bytes, objects }: ArchiveSize): Archiving => ({
  ...archiving,
  used_bytes: archiving.used_bytes + bytes,
  objects: archiving.objects + objects,
  version: archiving.version + 1,
});

/** Bytes that an archive may still take. */
export const bytesIn = bytesLeft;

/** What an archive counts towards the quota. */
export type ArchiveSize = { readonly bytes: number; readonly objects: number };

/**
 * The archive of an organization with one archive more.
 * @throws AppError ARCHIVING_NOT_PROVISIONED, STORAGE_FULL
 */
export function charge(archiving: Archiving, { bytes, objects }: ArchiveSize, now: Date): Archiving {
  if (!archiving.enabled)
    throw new AppError(
      systemErrors.ARCHIVING_NOT_PROVISIONED,
      'The organization has no archive that is enabled; see /archiving/provisioning',
    );
  const left = bytesLeft(archiving);
  if (bytes > left)
    throw new AppError(systemErrors.STORAGE_FULL, `The archive takes ${bytes} bytes, and its quota has ${left} left`);
  return { ...resize(archiving, { bytes, objects }), last_run_at: now.toISOString() };
}
