import { statfsSync } from 'node:fs';
import { LocalCloudError } from '#infra/local/templates/resource.ts';

/** Bytes below which a start fails sooner or later, with one error or another. */
const leastSpace = 1024 * 1024;

/** Bytes that a user may still write to the file system of `folder`; unknown if it cannot be read. */
export function spaceIn(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/**
 * What prevented a start, in one sentence that says what to do.
 *
 * @param space bytes that are free for the data directory, if known
 * @returns undefined for a defect, of which the stack says more
 */
export function startTrouble(error: unknown, dataDir: string, space: number | undefined): string | undefined {
  const { code, path = dataDir } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === 'ENOSPC' || code === 'EDQUOT' || (space !== undefined && space < leastSpace))
    return `The disk of ${path} is full: free some space, or set DATA_DIR to a folder of another disk.`;
  if (error instanceof LocalCloudError) return error.message;
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return `${path} cannot be written (${code}): start as the user to whom it belongs, or make it writable.`;
  return undefined;
}
