import * as z from 'zod';
import type { File, FileContent } from '#schema/file.ts';
import { voicemailAudioTypes } from '#schema/voicemail.ts';
import type { Drop, DropFile, Recording } from '#schema/voicemail-drop.ts';
import { errorKinds, invalid, missingField } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { Name, organizationText, text, Timestamp } from '#schema/values.ts';
import { downloadName } from '../../platform/files/file.ts';

/** Recordings to leave on the voicemail of others (functions/messaging/README.md, "Voicemail drops"). */

export const voicemailDropErrors = errorKinds({
  DROP_NAME_EXISTS: [409, 'Another voicemail drop has this name.'],
});

const maxBytes = 10 * 1024 * 1024;

/** Body of `PUT /voicemaildrop/{id}`: a recording to upload, or a file. */
export const NewVoicemailDrop = z
  .object({
    name: Name.describe('Name, unique in the organization'),
    description: text(255).nullish().describe('Free text'),
    user_id: z.string().max(81).nullish().describe('The only user that has it; null: all'),
    file_id: z.string().max(81).nullish().describe('A ready file of kind `voicemail_drop`, in place of an upload'),
    content_type: z.enum(voicemailAudioTypes).nullish().describe('Content type of the upload'),
    size: z.int().min(1).max(maxBytes).nullish().describe('Exact length of the upload, bytes; up to 10 MiB'),
    duration_seconds: z.int().min(1).max(180).nullish().describe('Length of the recording, seconds'),
  })
  .meta({ id: 'NewVoicemailDrop' });
export type NewVoicemailDrop = z.output<typeof NewVoicemailDrop>;

const dropStates = ['pending', 'ready'] as const;

export const exampleDrop = {
  id: 'vmd_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  name: 'Callback',
  description: null,
  user_id: null,
  status: 'ready',
  file_id: null,
  duration_seconds: 12,
  size: 192_044,
  content_type: 'audio/wav',
  created_at: '2026-11-20T10:00:00.000Z',
  updated_at: '2026-11-20T10:00:00.000Z',
};

export const ShownDrop = z
  .object({
    id: z.string().describe('Id of the drop'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    name: z.string().describe('Name'),
    description: z.string().nullable().describe('Free text'),
    user_id: z.string().nullable().describe('The only user that has it; null: all'),
    status: z.enum(dropStates).describe('`pending` until its recording was uploaded and checked'),
    file_id: z.string().nullable().describe('File that it plays; null: its own recording'),
    duration_seconds: z.int().nullable().describe('Length of the recording, seconds; null: that of a file'),
    size: z.int().describe('Length of the recording, bytes'),
    content_type: z.string().describe('Content type of the recording'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'VoicemailDrop', example: exampleDrop });
export type ShownDrop = z.input<typeof ShownDrop>;

/** A file with content. */
type ReadyFile = Pick<File, 'id' | 'kind'> & { readonly content: FileContent };

const uploadFields = ['content_type', 'size', 'duration_seconds'] as const;

/** The upload that a body announces. @throws AppError MISSING_FIELD */
function announced(body: NewVoicemailDrop, number: number): Recording {
  const { content_type, size, duration_seconds } = body;
  if (content_type == null || size == null || duration_seconds == null) {
    const [first = 'content_type', ...others] = uploadFields.filter((name) => body[name] == null);
    throw missingField(first, ...others);
  }
  return { number, content_type, size, duration_seconds };
}

/** @throws AppError VALIDATION_FAILED */
function fileOf(file: ReadyFile | undefined): DropFile {
  if (file?.kind !== 'voicemail_drop')
    throw invalid('file_id', 'must be the id of a ready file of kind voicemail_drop');
  const { content_type, size } = file.content;
  return { id: file.id, content_type, size };
}

/** What a body names: a file, or an upload that will come. @throws AppError MISSING_FIELD, VALIDATION_FAILED */
function sourceOf(body: NewVoicemailDrop, file: ReadyFile | undefined, uploads: number) {
  if (body.file_id == null) return { file: null, upload: announced(body, uploads + 1), uploads: uploads + 1 };
  const given = uploadFields.find((name) => body[name] != null);
  if (given !== undefined) throw invalid(given, 'cannot be combined with file_id');
  return { file: fileOf(file), upload: null, uploads };
}

/**
 * A drop as first stored.
 * @param file the file that the body names, as read
 * @throws AppError MISSING_FIELD, VALIDATION_FAILED
 */
export const newDrop = (
  body: NewVoicemailDrop,
  file: ReadyFile | undefined,
  { id, now }: { readonly id: string; readonly now: string },
): Drop => ({
  id,
  name: body.name,
  description: body.description ?? null,
  user_id: body.user_id ?? null,
  content: null,
  ...sourceOf(body, file, 0),
  created_at: now,
  updated_at: now,
  version: 1,
});

/**
 * The drop after a PUT of its id: it plays its recording until the new one is accepted.
 * @throws AppError MISSING_FIELD, VALIDATION_FAILED
 */
export function replaceDrop(before: Drop, body: NewVoicemailDrop, file: ReadyFile | undefined, now: string): Drop {
  const source = sourceOf(body, file, before.uploads);
  return {
    ...before,
    name: body.name,
    description: body.description ?? null,
    user_id: body.user_id ?? null,
    ...source,
    file: source.file ?? before.file,
    content: source.file === null ? before.content : null,
    updated_at: now,
    version: before.version + 1,
  };
}

/** What is played; undefined while nothing is. */
const playedBy = ({ file, content }: Drop) => content ?? file ?? undefined;

/** What is shown of a recording. The length of a file is not known. */
const shownRecording = ({ file, content, upload }: Drop) => content ?? (file === null ? upload : null) ?? file;

/** A drop as answered. */
export function presentDrop(drop: Drop, organization: number): ShownDrop {
  const { size = 0, content_type = '', ...shown } = shownRecording(drop) ?? {};
  return {
    ...omit(drop, 'file', 'content', 'upload', 'uploads', 'version'),
    organization_id: organizationText(organization),
    status: playedBy(drop) === undefined ? 'pending' : 'ready',
    file_id: drop.file?.id ?? null,
    duration_seconds: 'duration_seconds' in shown ? shown.duration_seconds : null,
    size,
    content_type,
  };
}

/** The name under which a browser saves what a drop plays. */
export const recordingName = ({ name }: Pick<Drop, 'name'>, { content_type }: { readonly content_type: string }) =>
  downloadName({ name, content_type });
