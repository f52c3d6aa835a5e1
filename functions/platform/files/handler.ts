import { fileObject, type FileItem } from '#dynamodb/rows/file.ts';
import { found } from '#errors.ts';
import type { Caller } from '#http/authorization/caller.ts';
import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import { page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitDeletion, commitUpdate, createOrReplace, getOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { auditOf, type Audit } from '#schema/audit.ts';
import { fileState, isCallRecording, purgesAfter, type FileReference } from '#schema/file.ts';
import { deleteFile, files, getFile, listFiles, putFile } from './contract.ts';
import { assertUnused, assertUploadable, downloadName, newFile, replaceFile } from './file.ts';
import { presentFile } from './presented-file.ts';
import { createWrites, deleteWrites, fileStore, prefetch, replaceWrites } from './store.ts';

type FilesContext = Context<typeof files>;

/** Whether a file exists for a caller. Recordings of calls need a scope of their own. */
const isVisible = (file: FileItem, caller: Caller): boolean =>
  !isCallRecording(file) || caller.scopes.has('recordings:read');

type Reading = Pick<Request<typeof getFile>, 'params' | 'caller'>;

/** @throws AppError NOT_FOUND */
async function find({ params, caller }: Reading, { table }: FilesContext): Promise<FileItem> {
  const file = await fileStore(table).get(params.id);
  return found(file !== undefined && isVisible(file, caller) ? file : undefined, 'File');
}

async function list(
  { query: { kind, state, q }, page: pageOf, caller, organization }: Request<typeof listFiles>,
  { table }: FilesContext,
) {
  const store = fileStore(table);
  const matches = (file: FileItem): boolean =>
    isVisible(file, caller) &&
    (kind === undefined || file.kind === kind) &&
    (state === undefined || fileState(file) === state) &&
    (q === undefined || file.name.toLowerCase().includes(q.toLowerCase()));
  const read = await store.page(pageOf(), matches);
  const references = await Promise.all(read.items.map(store.references));
  return page({
    ...read,
    items: read.items.map((file, at) => presentFile(file, organization.org_id, references[at] ?? [])),
  });
}

async function present(file: FileItem, { organization, now }: Request<typeof getFile>, { table, links }: FilesContext) {
  const presented = presentFile(file, organization.org_id, await fileStore(table).references(file));
  if (file.content === null) return presented;
  const object = fileObject(organization.org_id, file.id, file.content.number);
  const name = downloadName({ name: file.name, content_type: file.content.content_type });
  return { ...presented, download: await links.downloadOf({ ...object, name }, now) };
}

/** The words for its changes in descriptions and answers. */
const words = { created: 'created', updated: 'replaced', deleted: 'deleted' } as const;

/** @param organization number */
const auditIn = (organization: number) =>
  ({
    ...auditOf('file', {
      noun: 'File',
      describe: ({ name }: FileItem, verb) => `File ${name} ${words[verb]}`,
      logged: (file) => presentFile(file, organization, []),
    }),
    updated: 'file.replaced' as const,
    messageOf: (verb) => (verb === 'deleted' ? 'File deleted' : `File ${words[verb]}; upload its bytes to the link`),
  }) satisfies Audit<FileItem>;

/** The answer of PUT: the file, and the link for its upload. */
async function answerOf(
  file: FileItem,
  references: readonly FileReference[],
  { organization, now }: Pick<Request<typeof putFile>, 'organization' | 'now'>,
  { links }: FilesContext,
) {
  const presented = presentFile(file, organization.org_id, references);
  if (file.upload === null) return presented;
  const { number, content_type: type, size } = file.upload;
  const object = fileObject(organization.org_id, file.id, number);
  return { ...presented, upload: await links.uploadTo({ ...object, type, size }, now) };
}

async function create(request: Request<typeof putFile>, context: FilesContext) {
  const { body, now, organization, caller } = request;
  assertUploadable(body(), caller.credential.upload);
  const file = newFile(body(), { id: context.nextId('file'), created_by: caller.id, now: now.toISOString() });
  return commitCreation(auditIn(organization.org_id), request, file, {
    writes: createWrites(organization.org_id, file, now),
    shown: await answerOf(file, [], request, context),
  });
}

async function replace(request: Request<typeof putFile>, context: FilesContext) {
  const { body, now, organization, caller, pinnedVersion } = request;
  const before = await find(request, context);
  assertUploadable(body(), caller.credential.upload);
  const after = replaceFile(before, body(), now.toISOString());
  assertPinnedVersion(before, pinnedVersion);
  return commitUpdate(
    auditIn(organization.org_id),
    request,
    { before, after },
    {
      writes: replaceWrites(organization.org_id, { before, after, purges: purgesAfter(before, after, now), now }),
      shown: await answerOf(after, await fileStore(context.table).references(before), request, context),
    },
  );
}

async function remove(request: Request<typeof deleteFile>, context: FilesContext) {
  const { query, organization, now, pinnedVersion } = request;
  const file = await find(request, context);
  if (query.force !== true) assertUnused(await fileStore(context.table).references(file));
  assertPinnedVersion(file, pinnedVersion);
  const holds = await holdsOn(context.table, 'recordings');
  return commitDeletion(auditIn(organization.org_id), request, file, {
    writes: deleteWrites(organization.org_id, file, holds, now),
  });
}

export const filesHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment() }),
) =>
  serve(
    files,
    {
      [listFiles.route]: list,
      [getFile.route]: getOf(find, present),
      [putFile.route]: createOrReplace(create, replace),
      [deleteFile.route]: remove,
    },
    { ...dependencies, prefetch },
  );

export const handler = filesHandler();
