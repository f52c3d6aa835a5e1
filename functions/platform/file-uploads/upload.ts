import { longestGreeting } from '#schema/greeting.ts';
import { soundMilliseconds } from '#schema/sound.ts';
import { contentCheck } from '../files/media.ts';
import {
  hasAnnouncedSize,
  isSilentRecording,
  uploadTimeout,
  type ConvertedSound,
  type File,
  type FileUpload,
  type Rejection,
} from '#schema/file.ts';

/** What becomes of an upload (functions/platform/README.md, "Files"). */

/** Bytes that were read. */
export type Inspected = {
  readonly size: number;
  readonly sha256: string;
  /** Whether they are of the announced content type. */
  readonly content: boolean;
  /** The text of a template; else empty. */
  readonly text: string;
};

/** A file whose upload is awaited. */
type Awaiting = File & { readonly upload: FileUpload & { readonly state: 'pending' } };

/** The file, if its upload of this number is awaited. */
export const awaits = (file: File | undefined, number: number): file is Awaiting =>
  file?.upload?.number === number && file.upload.state === 'pending';

/** Whether the upload of this number was rejected, so that its bytes are not kept. */
export const isRejected = (file: File | undefined, number: number): boolean =>
  file?.upload?.number === number && file.upload.state === 'rejected';

/** Whether bytes of this number belong to the file. */
export const has = (file: File | undefined, number: number): boolean =>
  file?.content?.number === number || file?.upload?.number === number;

/** Why the bytes are not what was announced; null if they are. */
export function rejectionOf({ size, sha256 }: FileUpload, bytes: Omit<Inspected, 'text'>): Rejection | null {
  if (!hasAnnouncedSize({ size }, bytes.size)) return 'SIZE_MISMATCH';
  if (!bytes.content) return 'TYPE_MISMATCH';
  if (isSilentRecording({ size }, bytes.size)) return 'NO_SOUND';
  return sha256 === null || sha256 === bytes.sha256 ? null : 'HASH_MISMATCH';
}

/** What calls play of a file, or why there is nothing. */
type Made = { readonly bytes: Uint8Array } | { readonly reason: Rejection };

/**
 * Why a file that calls play is none; null: it is accepted. What is uploaded for a mailbox must play, and be as short
 * as by phone.
 * @param made undefined: its format is not converted
 */
export function soundRejection({ kind, greeting }: Pick<File, 'kind' | 'greeting'>, made: Made | undefined) {
  if (greeting === undefined) return kind === 'sound' && made !== undefined && 'reason' in made ? made.reason : null;
  if (made === undefined) return 'UNREADABLE_SOUND';
  if ('reason' in made) return made.reason;
  return soundMilliseconds(made.bytes.length) > longestGreeting(greeting.use) ? 'TOO_LONG' : null;
}

/** The file with its upload as content. */
export const acceptUpload = (
  file: Awaiting,
  { sha256, size, sound }: Pick<Inspected, 'sha256' | 'size'> & { readonly sound?: ConvertedSound | undefined },
  now: Date,
): File => ({
  ...file,
  content: {
    number: file.upload.number,
    content_type: file.upload.content_type,
    size,
    sha256,
    ...(sound === undefined ? {} : { sound }),
  },
  upload: null,
  updated_at: now.toISOString(),
  version: file.version + 1,
});

/** The file without its upload; content that it has stays. */
export const rejectUpload = (file: Awaiting, reason: Rejection, now: Date): File => ({
  ...file,
  upload: { ...file.upload, state: 'rejected', reason },
  updated_at: now.toISOString(),
  version: file.version + 1,
});

/** Whether the time for the upload is over. A later PUT has begun a new one. */
export const isOverdue = ({ upload }: Awaiting, now: Date): boolean =>
  Date.parse(upload.created_at) + uploadTimeout <= now.getTime();

/** The event of an upload that was accepted or rejected. */
export function uploadEvent(
  { id, name, content }: File,
  { number, content_type, size }: FileUpload,
  reason: Rejection | null,
) {
  const entity = { type: 'file', id };
  const fields = { content_type, size: reason === null ? (content?.size ?? size) : size };
  if (reason === null)
    return {
      type: 'file.ready',
      entity,
      fields: { ...fields, replaced: number > 1 },
      description: `File ${name} is ready`,
    } as const;
  return {
    type: 'file.rejected',
    entity,
    fields: { ...fields, reason, keeps_content: content !== null },
    description: `An upload for file ${name} was rejected`,
    severity: 'warning',
  } as const;
}

/** A check of the bytes, in pieces. */
export const checkOf = ({ kind }: Pick<File, 'kind'>, { content_type: type }: FileUpload) => contentCheck(type, kind);
