import * as z from 'zod';
import {
  fileKinds,
  fileState,
  fileStates,
  rejections,
  type File,
  type FileContent,
  type FileReference,
} from '#schema/file.ts';
import { DownloadLink, UploadLink } from '#schema/object-links.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';

/** A file as the API answers it. */

const contentFields = {
  content_type: z.string().describe('Content type of the bytes'),
  size: z.int().describe('Length of the bytes'),
  sha256: z
    .string()
    .nullable()
    .describe('SHA-256 of the bytes, hexadecimal; of an upload that was not accepted, as announced, or null'),
};
const reason = z
  .enum(rejections)
  .nullable()
  .describe(
    'Why the upload was rejected.\n\n' +
      '`TYPE_MISMATCH`: it does not begin as its content type does. Text is not UTF-8 or has a NUL. XML is not ' +
      'well-formed or has a document type.\n\n' +
      '`SIZE_MISMATCH`, `HASH_MISMATCH`: it has another length or SHA-256 than announced.\n\n' +
      '`NOT_UPLOADED`: nothing came within 24 hours.\n\n' +
      '`NO_SOUND`: nothing was heard in the recorded call, or the sound has no sample.\n\n' +
      '`UNREADABLE_SOUND`: the sound cannot be decoded.\n\n' +
      '`TOO_LONG`: the sound is longer than an hour, or the greeting than its mailbox permits.',
  );

const Replacement = z
  .object({
    state: z.enum(['pending', 'rejected']).describe('State of the upload'),
    reason,
    ...contentFields,
    created_at: Timestamp.describe('When it was requested'),
  })
  .meta({ id: 'FileReplacement' });

export const PresentedFile = z
  .object({
    id: Id('file').describe('Id of the file'),
    organization_id: z.string().describe('Organization of the file'),
    name: z.string().describe('Name, unique among the files of its kind'),
    kind: z.enum(fileKinds).describe('What the file is for'),
    ...contentFields,
    state: z.enum(fileStates).describe('`ready` from the first accepted upload on, also while the file is replaced'),
    reason,
    replacement: Replacement.nullable().describe('The upload that is to replace the content; null: none'),
    sound: z
      .object({
        state: z.enum(['converted', 'unconverted']).describe('Calls play what is converted; upload others again'),
        duration_ms: z.int().nullable().describe('Milliseconds that it plays; null: it is not converted'),
      })
      .nullable()
      .describe('What calls play of a file of kind `sound` with content; null: other files')
      .meta({ id: 'FileSound' }),
    version: z.int().describe('Rises with each change of the file; the ETag'),
    description: z.string().nullable().describe('Free text'),
    references: z
      .array(
        z
          .object({
            type: z.string().describe('Kind of the resource, such as `device`'),
            id: z.string().describe('Id of the resource'),
          })
          .meta({ id: 'FileReference' }),
      )
      .describe('Resources that use the file, up to 100'),
    created_at: Timestamp.describe('When the file was created'),
    updated_at: Timestamp.describe('When the file was last changed'),
    download: DownloadLink.optional().describe('Link to the content, if the file is ready; in the answer for one file'),
    upload: UploadLink.optional().describe('Where to upload the bytes; in the answer of PUT'),
  })
  .meta({
    id: 'File',
    example: {
      id: 'file_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      organization_id: 'org_1001',
      name: 'Welcome',
      kind: 'greeting',
      content_type: 'audio/wav',
      size: 48_044,
      sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      state: 'ready',
      reason: null,
      replacement: null,
      sound: null,
      version: 2,
      description: 'Greeting of the front desk',
      references: [{ type: 'device', id: 'dev_01J9ZK3W5M8Q2R4T6V8X0Y2Z4B' }],
      created_at: '2026-11-21T12:00:00.000Z',
      updated_at: '2026-11-21T12:00:05.000Z',
    },
  });

const nothing = { content_type: 'application/octet-stream', size: 0, sha256: null };

const presentSound = ({ sound }: FileContent) =>
  sound === undefined
    ? ({ state: 'unconverted', duration_ms: null } as const)
    : ({ state: 'converted', duration_ms: sound.milliseconds } as const);

/** @param organization of the file */
export function presentFile(file: File, organization: number, references: readonly FileReference[]) {
  const { id, name, kind, description, content, upload, version, created_at, updated_at } = file;
  const { content_type, size, sha256 } = content ?? upload ?? nothing;
  return {
    id,
    organization_id: organizationText(organization),
    name,
    kind,
    content_type,
    size,
    sha256,
    state: fileState(file),
    reason: content === null ? (upload?.reason ?? null) : null,
    replacement:
      content === null || upload === null
        ? null
        : {
            state: upload.state,
            reason: upload.reason,
            content_type: upload.content_type,
            size: upload.size,
            sha256: upload.sha256,
            created_at: upload.created_at,
          },
    sound: kind === 'sound' && content !== null ? presentSound(content) : null,
    version,
    description,
    references: references.map((reference) => ({ type: reference.type, id: reference.id })),
    created_at,
    updated_at,
  };
}
