import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { linksObjects, linksUploads, reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { deletesRecords } from '#contract/record-effects.ts';
import { resource } from '#contract/resource.ts';
import { fileKinds, fileStates } from '#schema/file.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { examples } from './examples.ts';
import { NewFile, fileErrors } from './file.ts';
import { PresentedFile } from './presented-file.ts';

const FileId = IdInUrl.describe('Id of the file');

export const listFiles = endpoint('GET /files', {
  id: 'listFiles',
  summary: 'List sound files and other media',
  description: 'Newest first.',
  scope: 'files:read',
  query: {
    ...pageQuery,
    kind: z.enum(fileKinds).optional().describe('Only files of this kind'),
    state: z.enum(fileStates).optional().describe('Only files in this state'),
    q: z.string().max(128).optional().describe('Only files whose name contains this text, in any case'),
  },
  answers: { 200: listOf(PresentedFile) },
  errors: [],
  effects: [reads('file'), reads('reference')],
});

export const getFile = endpoint('GET /files/{id}', {
  id: 'getFile',
  summary: 'Get a file, with a download link if it is ready',
  description:
    'The link is valid for 15 minutes. A browser saves the file under its name, with the extension of its content ' +
    'type.',
  scope: 'files:read',
  params: { id: FileId },
  answers: { 200: PresentedFile },
  errors: [],
  effects: [reads('file'), reads('reference'), linksObjects('files')],
});

export const putFile = endpoint('PUT /files/{id}', {
  id: 'putFile',
  summary: 'Create or replace a file: answers an upload link',
  description:
    '`new` creates a file, its id replaces it. Upload the bytes to `upload.url` within 15 minutes, with the method, ' +
    'the headers and exactly the length that `upload` names. A link uploads once. A further PUT makes another ' +
    'one.\n\n' +
    'The platform checks length, content type and hash within seconds. Then the file is `ready`, or `rejected` with ' +
    'a `reason`. A file that is replaced stays `ready` with its content until the new upload is accepted; ' +
    '`replacement` shows the state of that upload. Replaced bytes are deleted after 7 days.\n\n' +
    'A file keeps its kind. Only the platform makes recordings of calls (`recording`). An organization has 10,000 ' +
    'files and 20 GB at most.',
  scope: 'files:write',
  params: { id: newOrId },
  nullIsAbsent: true,
  body: NewFile,
  answers: { 200: PresentedFile, 201: PresentedFile },
  errors: ['FILE_TOO_LARGE', 'FILE_NAME_EXISTS', 'LIMIT_EXCEEDED'],
  effects: [
    writes('file'),
    unique('file-name'),
    writes('count'),
    writes('due'),
    reads('reference'),
    linksUploads('files'),
    records('file.created'),
    records('file.replaced'),
  ],
});

export const deleteFile = endpoint('DELETE /files/{id}', {
  id: 'deleteFile',
  summary: 'Delete a file',
  description:
    'Rejected while other resources use the file, unless `force` is set. The bytes are deleted after 7 days; they do ' +
    'not count for the limits until then.',
  scope: 'files:write',
  params: { id: FileId },
  query: {
    force: flag.optional().describe('Delete it although it is in use: the references to it are cleared within seconds'),
  },
  answers: { 200: Deletion },
  errors: ['FILE_IN_USE'],
  effects: [
    ...deletesRecords,
    writes('file'),
    writes('file-text'),
    unique('file-name'),
    writes('count'),
    writes('due'),
    reads('reference'),
    records('file.deleted'),
  ],
});

const endsHidden = [...deletesRecords, writes('due')] as const;

export const files = resource('files', {
  area: 'system',
  format: 'reference',
  owner: { user: { file: 'created_by' } },
  errors: fileErrors,
  endpoints: [listFiles, getFile, putFile, deleteFile],
  cascades: [
    cascadeAfter('legalhold.released', endsHidden),
    cascadeAfter('legalhold.changed', endsHidden),
    cascadeAfter('org.closed', [
      ...deletesRecords,
      writes('file'),
      writes('file-text'),
      writes('file-name'),
      writes('due'),
    ]),
  ],
  examples,
});
