import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import {
  fileKinds,
  isCallRecording,
  type File,
  type FileKind,
  type FileReference,
  type FileUpload,
} from '#schema/file.ts';
import { Name, OrganizationId, text } from '#schema/values.ts';
import { extensions, mediaTypes, typesOfKind, type MediaType } from './media.ts';

/** Files of an organization (functions/platform/README.md, "Files"). */

export const fileErrors = errorKinds({
  FILE_NAME_EXISTS: [409, 'A file of this kind with this name exists.'],
  FILE_IN_USE: [409, 'Other resources use the file; `details` lists them.'],
  FILE_TOO_LARGE: [422, 'The file is larger than its kind permits.'],
});

/** Bytes. */
const maxSize = 50 * 1024 * 1024;
const maxTemplateSize = 256 * 1024;

/** Body of PUT: what the file is, and the bytes that will be uploaded. */
export const NewFile = z
  .object({
    name: Name.describe(
      'Name, unique among the files of its kind in the organization, in any case; without invisible characters',
    ),
    kind: z.enum(fileKinds).describe('What the file is for; it cannot change. `recording` is for the platform only'),
    content_type: z
      .enum(mediaTypes)
      .describe(
        'Content type of the bytes. A `provisioning_template` is `text/plain` or `application/xml`. An `attachment` ' +
          'is anything but `application/xml`. All other kinds are `audio/wav`, `audio/mpeg` or `audio/ogg`',
      ),
    size: z
      .int()
      .min(1)
      .max(Number.MAX_SAFE_INTEGER)
      .describe('Length of the bytes: 50 MB at most, 256 KB of a `provisioning_template`'),
    sha256: z
      .string()
      .regex(/^[0-9A-Fa-f]{64}$/, 'must be 64 hexadecimal digits')
      .transform((hash) => hash.toLowerCase())
      .optional()
      .describe('SHA-256 of the bytes, hexadecimal; an upload with another one is rejected'),
    description: text(255).optional().describe('Free text'),
    organization_id: OrganizationId.optional(),
  })
  .meta({ id: 'NewFile' });
export type NewFile = z.output<typeof NewFile>;

const sizeLimit = (kind: FileKind): number => (kind === 'provisioning_template' ? maxTemplateSize : maxSize);
const isTypeOf = (kind: FileKind, type: MediaType): boolean => typesOfKind[kind].some((known) => known === type);

/** @throws AppError FILE_TOO_LARGE, VALIDATION_FAILED for a content type that the kind does not have */
function assertAcceptable({ kind, content_type: type, size }: NewFile): void {
  if (!isTypeOf(kind, type))
    throw invalid('content_type', `must be one of ${typesOfKind[kind].join(', ')} for a file of kind ${kind}`);
  const limit = sizeLimit(kind);
  if (size > limit)
    throw new AppError(fileErrors.FILE_TOO_LARGE, `A file of kind ${kind} has at most ${limit} bytes`, {
      details: [{ path: 'size', message: `must be at most ${limit}` }],
    });
}

/** What a temporary token may upload; content types may be `audio/*`. */
type UploadLimits = { readonly max_file_size?: number; readonly allowed_types?: readonly string[] };

const isListed = (type: string, allowed: readonly string[]): boolean =>
  allowed.some((each) => each === type || (each.endsWith('/*') && type.startsWith(each.slice(0, -1))));

/**
 * Applies the limits of the caller's temporary token; the platform later checks that the bytes are as announced.
 * @throws AppError FILE_TOO_LARGE, VALIDATION_FAILED
 */
export function assertUploadable(
  { content_type: type, size }: Pick<NewFile, 'content_type' | 'size'>,
  { max_file_size: max, allowed_types: allowed }: UploadLimits = {},
): void {
  if (allowed !== undefined && !isListed(type, allowed))
    throw invalid('content_type', `must be one of ${allowed.join(', ')} for this token`);
  if (max !== undefined && size > max)
    throw new AppError(fileErrors.FILE_TOO_LARGE, `This token uploads at most ${max} bytes`, {
      details: [{ path: 'size', message: `must be at most ${max}` }],
    });
}

const uploadOf = ({ content_type, size, sha256 }: NewFile, number: number, now: string): FileUpload => ({
  number,
  content_type,
  size,
  sha256: sha256 ?? null,
  state: 'pending',
  reason: null,
  created_at: now,
});

type Creation = { readonly id: string; readonly created_by: string; /** ISO 8601. */ readonly now: string };

/** A file that waits for its upload. @throws AppError FILE_TOO_LARGE, VALIDATION_FAILED */
export function newFile(body: NewFile, { id, created_by, now }: Creation): File {
  if (body.kind === 'recording') throw invalid('kind', 'must be another one: the platform makes recordings of calls');
  assertAcceptable(body);
  return {
    id,
    name: body.name,
    kind: body.kind,
    description: body.description ?? null,
    content: null,
    upload: uploadOf(body, 1, now),
    created_by,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/**
 * The file after a PUT of its id: it keeps its content until the new upload is accepted.
 * @param now ISO 8601
 * @throws AppError FILE_TOO_LARGE, VALIDATION_FAILED
 */
export function replaceFile(file: File, body: NewFile, now: string): File {
  if (isCallRecording(file)) throw invalid('id', 'is the recording of a call, which cannot be replaced');
  if (body.kind !== file.kind) throw invalid('kind', `must be ${file.kind}: a file keeps its kind`);
  assertAcceptable(body);
  return {
    ...file,
    name: body.name,
    description: body.description ?? null,
    upload: uploadOf(body, lastUpload(file) + 1, now),
    updated_at: now,
    version: file.version + 1,
  };
}

/** Number of the last upload: a number is never used again. */
const lastUpload = ({ content, upload }: File): number => Math.max(content?.number ?? 0, upload?.number ?? 0);

/** References that an answer or an error shows. */
export const maxShownReferences = 100;

/** @throws AppError FILE_IN_USE */
export function assertUnused(references: readonly FileReference[]): void {
  if (references.length === 0) return;
  throw new AppError(
    fileErrors.FILE_IN_USE,
    'Other resources use this file; force=true deletes it and clears their references',
    {
      details: references.map(({ type, id }) => ({ path: `${type}/${id}`, message: `${type} ${id} uses the file` })),
    },
  );
}

/** The name under which a browser saves the file: with the extension of its content type. */
export function downloadName({ name, content_type: type }: { readonly name: string; readonly content_type: string }) {
  const extension = Object.entries(extensions).find(([known]) => known === type)?.[1];
  return extension === undefined || name.toLowerCase().endsWith(`.${extension}`) ? name : `${name}.${extension}`;
}
