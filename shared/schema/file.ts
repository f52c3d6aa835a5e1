import type { GreetingPlace } from './greeting.ts';
import type { RecordFacts } from './record-class.ts';
import { day, hour } from './time.ts';

/** Files of an organization (functions/platform/README.md, "Files"). */

export const fileKinds = [
  'sound',
  'greeting',
  'music_on_hold',
  'voicemail_drop',
  'attachment',
  'provisioning_template',
  'recording',
] as const;
export type FileKind = (typeof fileKinds)[number];

export const fileStates = ['pending', 'ready', 'rejected'] as const;
export type FileState = (typeof fileStates)[number];

/** Why an upload was rejected. */
export const rejections = [
  'TYPE_MISMATCH',
  'SIZE_MISMATCH',
  'HASH_MISMATCH',
  'NOT_UPLOADED',
  'NO_SOUND',
  'UNREADABLE_SOUND',
  'TOO_LONG',
] as const;
export type Rejection = (typeof rejections)[number];

/** Bytes that were checked. */
export type FileContent = {
  /** Number of the upload: the last part of the object's key. */
  readonly number: number;
  readonly content_type: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** What calls play of a file of kind `sound`. Absent: it was not converted. */
  readonly sound?: ConvertedSound;
};

/** The sound that was made of a file. `sha256`: hexadecimal hash of its bytes, by which it is stored. */
export type ConvertedSound = { readonly sha256: string; readonly milliseconds: number };

/** The recording of a call has no announced length: its upload is of any. */
const unknownSize = 0;

/** Bytes that a client was given a link for, and that are not checked yet, or were rejected. */
export type FileUpload = Omit<FileContent, 'sha256' | 'sound'> & {
  /** The hash that the client announced, if it did. */
  readonly sha256: string | null;
  readonly state: 'pending' | 'rejected';
  readonly reason: Rejection | null;
  /** ISO 8601. */
  readonly created_at: string;
};

/** What the owner of a mailbox uploads as a greeting. `awaited`: the mailbox uses it as soon as it is accepted. */
export type UploadedGreeting = GreetingPlace & { readonly awaited: boolean };

/** A file, as it is stored. It has content, or an upload, or both while it is replaced. */
export type File = {
  readonly id: string;
  readonly name: string;
  readonly kind: FileKind;
  readonly description: string | null;
  /** The content that references and downloads use: the last upload that was accepted. */
  readonly content: FileContent | null;
  /** The last upload, unless it has become the content. */
  readonly upload: FileUpload | null;
  /** Rises with each reference, so that none is made while the file is deleted. Absent: never referenced. */
  readonly reference_epoch?: number;
  /** Who was recorded, for legal holds. Recordings of before that was stored have none. */
  readonly about?: RecordedParties;
  /** Absent: it is no upload for a mailbox. */
  readonly greeting?: UploadedGreeting;
  /** User that created the file; null: none. */
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The id of the file with the recording of a call. @param call `call_…` */
export const recordingOf = (call: string): string => call.replace(/^call_/, 'file_');

/** Who is recorded: ids of users, numbers, and which way the call goes. */
export type RecordedParties = Pick<RecordFacts, 'users' | 'parties' | 'direction'>;

/** The upload of what a relay records, which has no announced length. @param at ISO 8601 */
export const awaitedRecording = (at: string): FileUpload => ({
  ...{ number: 1, content_type: 'audio/wav', size: unknownSize, sha256: null },
  ...{ state: 'pending', reason: null, created_at: at },
});

/** A file that waits for the recording of a call. It belongs to no user, and to no limit of files. */
export function newRecordingFile(
  call: string,
  about: RecordedParties,
  now: Date,
  /** Default: that of the recording of the whole call. */
  id = recordingOf(call),
): File {
  const at = now.toISOString();
  return {
    id,
    name: call,
    kind: 'recording',
    description: null,
    about,
    content: null,
    upload: awaitedRecording(at),
    created_by: null,
    created_at: at,
    updated_at: at,
    version: 1,
  };
}

/** Whether a file is the recording of a call, which the platform stores. */
export const isCallRecording = ({ kind, created_by: by }: Pick<File, 'kind' | 'created_by'>): boolean =>
  kind === 'recording' && by === null;

/** What legal holds ask of the recording of a call. */
export const recordingFacts = ({ id, name, about, created_at: at }: File): RecordFacts => ({
  at,
  users: about?.users ?? [],
  parties: about?.parties ?? [],
  entities: [id, name],
  direction: about?.direction ?? null,
  text: '',
});

/** Whether an upload has the announced length, if one was announced. */
export const hasAnnouncedSize = ({ size: announced }: Pick<FileUpload, 'size'>, size: number): boolean =>
  announced === unknownSize ? size > 0 : announced === size;

/** Bytes of a WAV file without samples: its header. A recording in which nothing was heard is stored so. */
export const emptyWavSize = 44;

/** Whether an upload is the recording of a call in which nothing was heard. */
export const isSilentRecording = ({ size: announced }: Pick<FileUpload, 'size'>, size: number): boolean =>
  announced === unknownSize && size <= emptyWavSize;

/** The state of a file: `ready` as soon as it has content, also while it is replaced. */
export const fileState = ({ content, upload }: Pick<File, 'content' | 'upload'>): FileState =>
  content === null ? (upload?.state ?? 'rejected') : 'ready';

/** A resource that uses a file. */
export type FileReference = { readonly type: string; readonly id: string };

/** Bytes that count for the limit of the organization. */
export const countedSize = ({ content, upload }: Pick<File, 'content' | 'upload'>): number =>
  (content?.size ?? 0) + (upload?.state === 'pending' ? upload.size : 0);

/** Milliseconds for which an upload is awaited. */
export const uploadTimeout = day;

/** Milliseconds for which bytes outlive their file, or the content that replaces them. */
const contentRemains = 7 * day;
/** The link of an upload has expired after this time, so that no bytes follow. */
const uploadRemains = hour;

/** Bytes that are deleted at an instant. */
export type Purge = {
  readonly number: number;
  readonly at: Date;
  /** Hash of the sound that was made of them. */
  readonly sound?: string;
};

/** The bytes that a file loses by a change. @param after undefined if the file is deleted */
export function purgesAfter(
  before: Pick<File, 'content' | 'upload'>,
  after: Pick<File, 'content' | 'upload'> | undefined,
  now: Date,
): Purge[] {
  const kept = new Set([after?.content?.number, after?.upload?.number]);
  return [
    { part: before.content, sound: before.content?.sound?.sha256, remains: contentRemains },
    { part: before.upload, sound: undefined, remains: uploadRemains },
  ].flatMap(({ part, sound, remains }) =>
    part === null || kept.has(part.number)
      ? []
      : [{ number: part.number, at: new Date(now.getTime() + remains), ...(sound === undefined ? {} : { sound }) }],
  );
}
